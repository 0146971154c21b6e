// The interactive map: nothing is fetched until the reader asks for it, or the screen
// is wide and the line good, when the browser is idle.

const box = document.querySelector(".live-map");

const styled = (href) =>
  new Promise((done, failed) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = done;
    link.onerror = failed;
    document.head.append(link);
  });

const absolute = (path) => new URL(path, location.href).href;

const vector = (path, minzoom, maxzoom) => ({
  type: "vector",
  tiles: [location.origin + path],
  minzoom,
  maxzoom,
});

const drawing = ({ source, query }) => ({
  version: 8,
  sources: {
    distritos: vector("/tiles/limites/distritos/{z}/{x}/{y}.mvt", 5, 14),
    zonas: vector("/tiles/limites/zonas/{z}/{x}/{y}.mvt", 5, 14),
    alertas: vector(`/tiles/alertas/${source}/{z}/{x}/{y}.mvt?${query}`, 7, 16),
  },
  layers: [
    { id: "papel", type: "background", paint: { "background-color": "#eef2ea" } },
    { id: "distritos-0", type: "fill", source: "distritos", "source-layer": "distritos",
      paint: { "fill-color": "#fbfaf6" } },
    { id: "zonas-0", type: "fill", source: "zonas", "source-layer": "zonas",
      paint: { "fill-color": "#14523a", "fill-opacity": 0.12 } },
    { id: "zonas-1", type: "line", source: "zonas", "source-layer": "zonas",
      paint: { "line-color": "#14523a", "line-width": 2, "line-dasharray": [3, 2] } },
    { id: "distritos-1", type: "line", source: "distritos", "source-layer": "distritos",
      paint: { "line-color": "#16241d", "line-width": 1.5 } },
    { id: "alertas-0", type: "circle", source: "alertas", "source-layer": "alertas",
      paint: {
        // The area of a circle follows the number of alerts.
        "circle-radius": ["min", 14, ["+", 2, ["*", 0.55, ["sqrt", ["get", "alertas"]]]]],
        "circle-color": ["match", ["get", "confianza"], 4, "#861b1b", 3, "#b3400e", "#c98a2b"],
        "circle-opacity": 0.8,
        "circle-stroke-color": "#3d1400",
        "circle-stroke-width": 0.6,
      } },
  ],
});

const words = (feature, says) => {
  const { alertas, area_ha: area, desde, hasta } = feature.properties;
  const lines = [
    `${says.alerts} ${Number(alertas).toLocaleString("es-PE")}`,
    `${says.area} ${area} ha`,
    `${says.days} ${desde === hasta ? desde : `${desde} – ${hasta}`}`,
  ];
  if (box.dataset.synthetic) lines.unshift(says.madeUp);
  const text = document.createElement("div");
  for (const line of lines) {
    const p = document.createElement("p");
    p.textContent = line;
    text.append(p);
  }
  return text;
};

const start = async (says) => {
  const { script, worker, style, bounds } = box.dataset;
  const [maplibre] = await Promise.all([import(absolute(script)), styled(style)]);
  maplibre.setWorkerUrl(absolute(worker));
  box.classList.add("shown");
  const canvas = box.querySelector(".canvas");
  const [west, south, east, north] = bounds.split(",").map(Number);
  const spanish = document.documentElement.lang !== "en";
  const map = new maplibre.Map({
    container: canvas,
    style: drawing(box.dataset),
    bounds: [west, south, east, north],
    fitBoundsOptions: { padding: 20 },
    minZoom: 7,
    maxZoom: 18,
    maxPitch: 0,
    dragRotate: false,
    fadeDuration: 0,
    attributionControl: false,
    cooperativeGestures: true,
    locale: spanish
      ? {
          "NavigationControl.ZoomIn": "Acercar",
          "NavigationControl.ZoomOut": "Alejar",
          "Map.Title": canvas.getAttribute("aria-label"),
          "Popup.Close": "Cerrar",
          "CooperativeGesturesHandler.WindowsHelpText": "Usa Ctrl y la rueda para acercar",
          "CooperativeGesturesHandler.MacHelpText": "Usa ⌘ y la rueda para acercar",
          "CooperativeGesturesHandler.MobileHelpText": "Usa dos dedos para mover el mapa",
        }
      : {},
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }));
  if (box.dataset.synthetic) {
    const stamp = document.createElement("p");
    stamp.className = "stamp";
    stamp.textContent = says.madeUp;
    canvas.append(stamp);
  }
  const tell = (point) => {
    const around = [[point.x - 8, point.y - 8], [point.x + 8, point.y + 8]];
    const [found] = map.queryRenderedFeatures(around, { layers: ["alertas-0"] });
    if (!found) return;
    new maplibre.Popup({ focusAfterOpen: true })
      .setLngLat(found.geometry.coordinates)
      .setDOMContent(words(found, says))
      .addTo(map);
  };
  map.on("click", (event) => tell(event.point));
  // By keyboard: what lies in the middle of the map.
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") tell(map.project(map.getCenter()));
  });
  const layers = box.querySelector("fieldset");
  layers.hidden = false;
  layers.addEventListener("change", ({ target }) => {
    for (const { id } of map.getStyle().layers) {
      if (id.startsWith(target.name))
        map.setLayoutProperty(id, "visibility", target.checked ? "visible" : "none");
    }
  });
  await map.once("idle");
  box.dataset.ready = "1";
};

if (box) {
  const button = box.querySelector("button");
  const status = box.querySelector("[role=status]");
  const { wait, failed, alerts, area, days, madeUp } = status.dataset;
  const show = async () => {
    if (button.disabled) return;
    button.disabled = true;
    status.textContent = wait;
    try {
      await start({ alerts, area, days, madeUp });
      button.hidden = true;
      status.textContent = "";
    } catch {
      box.classList.remove("shown");
      button.disabled = false;
      status.textContent = failed;
    }
  };
  box.hidden = false;
  button.addEventListener("click", show);
  const line = navigator.connection;
  const isGood = line && line.effectiveType === "4g" && !line.saveData && line.downlink >= 5;
  if (isGood && matchMedia("(min-width: 60rem)").matches && "requestIdleCallback" in window)
    requestIdleCallback(show, { timeout: 8000 });
}
