// Drawing an area: corners by tap, or by keyboard in the middle of the map. Everything
// ends up in the text field, which works without this.

const box = document.querySelector(".draw-map");
const field = document.querySelector("#id_polygon");

const MOST = 500;
const round = (degrees) => Math.round(degrees * 1e6) / 1e6;

// --- Area on the WGS 84 ellipsoid --------------------------------------------------------

const A = 6378137;
const E2 = 0.00669437999014;
const E = Math.sqrt(E2);
const radians = (degrees) => (degrees * Math.PI) / 180;

// Area between the equator and a latitude, a radian of longitude wide, in m².
const below = (latitude) => {
  const s = Math.sin(radians(latitude));
  const log = Math.log((1 + E * s) / (1 - E * s)) / (2 * E);
  return ((A * A * (1 - E2)) / 2) * (s / (1 - E2 * s * s) + log);
};

export const hectares = (corners) => {
  let sum = 0;
  corners.forEach(([longitude, latitude], at) => {
    const [next, higher] = corners[(at + 1) % corners.length];
    sum += radians(next - longitude) * (below(latitude) + below(higher)) / 2;
  });
  return Math.abs(sum) / 10_000;
};

// --- The field and the corners -----------------------------------------------------------

const polygon = (corners) => ({ type: "Polygon", coordinates: [[...corners, corners[0]]] });

const written = () => {
  try {
    const found = JSON.parse(field.value);
    const shape = found.type === "Feature" ? found.geometry : found;
    if (shape.type !== "Polygon" || shape.coordinates.length !== 1) return [];
    return shape.coordinates[0].slice(0, -1).map(([x, y]) => [round(x), round(y)]);
  } catch {
    return [];
  }
};

const shapes = (corners) => ({
  type: "FeatureCollection",
  features: [
    ...(corners.length > 2 ? [{ type: "Feature", properties: {}, geometry: polygon(corners) }] : []),
    ...(corners.length > 1
      ? [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: corners } }]
      : []),
    ...corners.map((point) => (
      { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point } }
    )),
  ],
});

const LAYERS = [
  { id: "area-0", type: "fill", source: "area", filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": "#862c12", "fill-opacity": 0.2 } },
  { id: "area-1", type: "line", source: "area", filter: ["!=", ["geometry-type"], "Point"],
    paint: { "line-color": "#862c12", "line-width": 2.5 } },
  { id: "area-2", type: "circle", source: "area", filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-radius": 6, "circle-color": "#fff", "circle-stroke-color": "#862c12",
      "circle-stroke-width": 3 } },
];

const start = (live) => async (says) => {
  let corners = written();
  let isOpen = true;
  const { map, canvas } = await live.opened(box);
  map.addSource("area", { type: "geojson", data: shapes(corners) });
  LAYERS.forEach((layer) => map.addLayer(layer));
  const press = (name) => box.querySelector(`[data-press="${name}"]`);
  const list = box.querySelector(".corners");
  const told = box.querySelector(".told");

  const tell = (words) => {
    const area = hectares(corners);
    const digits = area < 100 ? 1 : 0;
    const ha = area.toLocaleString("es-PE", { maximumFractionDigits: digits });
    const size = corners.length > 2 ? says.size.replace("{area}", ha) : says.few;
    told.textContent = [words, size].filter(Boolean).join(" ");
  };
  const row = ([longitude, latitude], at) => {
    const item = document.createElement("li");
    const name = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second";
    button.textContent = says.remove;
    button.setAttribute("aria-label", `${says.removeOne} ${at + 1}: ${name}`);
    button.addEventListener("click", () => {
      change(corners.filter((_, each) => each !== at), says.removed);
      (list.querySelectorAll("button")[Math.max(0, at - 1)] ?? press("add")).focus();
    });
    const line = document.createElement("div");
    line.append(name, button);
    item.append(line);
    return item;
  };
  const render = () => {
    map.getSource("area").setData(shapes(corners));
    list.replaceChildren(...corners.map(row));
    box.classList.toggle("drawing", isOpen);
    press("add").disabled = !isOpen;
    press("undo").disabled = press("clear").disabled = !corners.length;
    press("finish").disabled = !isOpen || corners.length < 3;
  };
  const change = (next, words) => {
    corners = next;
    isOpen = true;
    field.value = corners.length > 2 ? JSON.stringify(polygon(corners)) : "";
    if (corners.length > 2) document.querySelector('[name="area_kind"][value="drawn"]').checked = true;
    render();
    tell(words);
  };
  const add = ({ lng, lat }) => {
    if (!isOpen) return tell(says.finished);
    if (corners.length >= MOST) return tell(says.many);
    change([...corners, [round(lng), round(lat)]], "");
  };
  const finish = () => {
    if (corners.length < 3) return tell("");
    isOpen = false;
    render();
    tell(says.finished);
    press("undo").focus();
  };

  map.on("click", ({ lngLat }) => add(lngLat));
  map.getCanvas().addEventListener("keydown", ({ key }) => {
    if (key === "Enter") add(map.getCenter());
    if (key === "Backspace" || key === "Delete") change(corners.slice(0, -1), says.removed);
  });
  press("add").addEventListener("click", () => add(map.getCenter()));
  press("undo").addEventListener("click", () => change(corners.slice(0, -1), says.removed));
  press("clear").addEventListener("click", () => { change([], says.cleared); press("add").focus(); });
  press("finish").addEventListener("click", finish);
  // Who types or pastes sees it on the map.
  field.addEventListener("change", () => {
    corners = written();
    isOpen = !corners.length;
    render();
    tell("");
  });
  if (corners.length) isOpen = false;
  render();
  tell("");
};

// Who chooses to draw finds where to draw.
const details = field.closest("details");
document.querySelectorAll('[name="area_kind"]').forEach((radio) => {
  radio.addEventListener("change", () => { if (radio.value === "drawn") details.open = true; });
});

if (box) {
  const live = await import(new URL(box.dataset.live, location.href).href);
  live.whenAsked(box, start(live));
}
