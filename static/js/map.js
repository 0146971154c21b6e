// The interactive map of alerts. It opens when the reader asks for it, when the address
// says it was open, or when the screen is wide, the line good and the browser idle.

const box = document.querySelector(".live-map");

const alertLayer = {
  id: "alertas-0",
  type: "circle",
  source: "alertas",
  "source-layer": "alertas",
  paint: {
    // The area of a circle follows the number of alerts.
    "circle-radius": ["min", 14, ["+", 2, ["*", 0.55, ["sqrt", ["get", "alertas"]]]]],
    "circle-color": ["match", ["get", "confianza"], 4, "#861b1b", 3, "#b3400e", "#c98a2b"],
    "circle-opacity": 0.8,
    "circle-stroke-color": "#3d1400",
    "circle-stroke-width": 0.6,
  },
};

const alertTiles = () => {
  const { source, query } = box.dataset;
  return `/tiles/alertas/${source}/{z}/{x}/{y}.mvt${query ? `?${query}` : ""}`;
};

const element = (name, text, more = {}) =>
  Object.assign(document.createElement(name), { textContent: text, ...more });

const link = ({ url, words }) => {
  const item = document.createElement("li");
  item.append(element("a", words, { href: url }));
  return item;
};

// --- What the address keeps: the view (MapLibre's own part) and the hidden layers -----

const HIDDEN = "sin";

const fragment = () => new URLSearchParams(location.hash.slice(1));

const inputs = () => [...box.querySelectorAll("fieldset input")];

const keepLayers = () => {
  const kept = fragment();
  const hidden = inputs().filter((each) => !each.checked).map((each) => each.name);
  if (hidden.length) kept.set(HIDDEN, hidden.join(","));
  else kept.delete(HIDDEN);
  const text = decodeURIComponent(kept.toString());
  history.replaceState(history.state, "", text ? `#${text}` : location.pathname + location.search);
};

const readLayers = () => {
  const hidden = (fragment().get(HIDDEN) || "").split(",");
  for (const input of inputs()) input.checked = !hidden.includes(input.name);
};

const applyLayers = (map) => {
  const shown = (name) => box.querySelector(`input[name="${name}"]`)?.checked ?? true;
  const show = (id, on) => map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
  show("alertas-0", shown("alertas"));
  show("distritos-0", shown("distritos"));
  show("distritos-1", shown("distritos"));
  const kinds = inputs()
    .filter((each) => each.dataset.word && each.checked)
    .map((each) => each.name.slice("zona-".length));
  for (const id of ["zonas-0", "zonas-1"])
    map.setFilter(id, ["in", ["get", "tipo"], ["literal", kinds]]);
};

// --- What lies at a point ---------------------------------------------------------------

const near = async (edges, signal) => {
  const caja = edges.map((edge) => edge.toFixed(5)).join(",");
  const answer = await fetch(`${box.dataset.near}&caja=${caja}`, { signal });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
};

// The tiles write "2026-05-18", and "2026-05" where they know the month alone.
const said = (text) =>
  new Date(text).toLocaleDateString(document.documentElement.lang, {
    ...(text.length > 7 ? { day: "numeric" } : {}),
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });

const lines = (found, says) => {
  const { alertas, area_ha: area, desde, hasta } = found.properties;
  return [
    ...(box.dataset.synthetic ? [box.dataset.synthetic] : []),
    `${says.alerts} ${Number(alertas).toLocaleString("es-PE")}`,
    `${says.area} ${area} ha`,
    `${says.days} ${desde === hasta ? said(desde) : `${said(desde)} – ${said(hasta)}`}`,
  ];
};

const describe = (map, point, says) => {
  const around = [[point.x - 10, point.y - 10], [point.x + 10, point.y + 10]];
  const [alert] = map.queryRenderedFeatures(around, { layers: ["alertas-0"] });
  const [district] = map.queryRenderedFeatures(point, { layers: ["distritos-0"] });
  const zones = map.queryRenderedFeatures(point, { layers: ["zonas-0"] });
  if (!alert && !district) return null;
  const text = document.createElement("div");
  text.append(element("p", says.here, { className: "title" }));
  if (alert) text.append(...lines(alert, says).map((line) => element("p", line)));
  if (district) {
    const { ubigeo, nombre } = district.properties;
    const listed = document.querySelector(`a[data-ubigeo="${ubigeo}"]`);
    const line = element("p", `${says.district} `);
    line.append(element(listed ? "a" : "span", nombre, listed ? { href: listed.href } : {}));
    text.append(line);
  }
  const named = new Map(zones.map(({ properties }) => [properties.nombre, properties.tipo]));
  for (const [name, kind] of named) {
    const word = box.querySelector(`input[name="zona-${kind}"]`)?.dataset.word ?? kind;
    text.append(element("p", `${name} (${word})`));
  }
  const corners = alert
    ? around.map(([x, y]) => map.unproject([x, y]))
    : null;
  return { text, corners, at: alert ? alert.geometry.coordinates : map.unproject(point) };
};

const teller = ({ maplibre, map, canvas }, says) => {
  let popup = null;
  return (point) => {
    popup?.remove();
    const found = describe(map, point, says);
    if (!found) return;
    popup = new maplibre.Popup({ maxWidth: "min(20rem, 80vw)" })
      .setLngLat(found.at)
      .setDOMContent(found.text)
      .addTo(map);
    const shown = popup.getElement();
    shown.setAttribute("role", "dialog");
    shown.setAttribute("aria-label", says.here);
    shown.addEventListener("keydown", ({ key }) => key === "Escape" && popup.remove());
    popup.once("close", () => {
      // Focus goes back to where the reader was, not to the top of the page.
      if (shown.contains(document.activeElement) || document.activeElement === document.body)
        map.getCanvas().focus({ preventScroll: true });
    });
    if (!found.corners) return;
    const [high, low] = found.corners;
    near([high.lng, low.lat, low.lng, high.lat]).then(({ groups }) => {
      if (!groups.length) return;
      const list = document.createElement("ul");
      list.append(...groups.slice(0, 5).map(link));
      found.text.append(element("p", says.groups), list);
    }, () => {});
  };
};

// --- The groups in view, as ordinary links ---------------------------------------------

const lister = (map) => {
  let asking = null;
  return async () => {
    asking?.abort();
    asking = new AbortController();
    const say = (name, on) => { box.querySelector(`[data-say="${name}"]`).hidden = !on; };
    const edges = map.getBounds().toArray().flat();
    let found;
    try {
      found = await near(edges, asking.signal);
      say("failed", false);
    } catch (fault) {
      if (fault.name !== "AbortError") say("failed", true);
      return;
    }
    box.querySelector(".in-view").replaceChildren(...found.groups.map(link));
    say("none", !found.groups.length);
    say("more", found.more);
  };
};

// --- The page's own filters, applied without loading it anew ---------------------------

const swap = (page) => {
  for (const old of document.querySelectorAll("[data-part]"))
    old.replaceWith(page.querySelector(`[data-part="${old.dataset.part}"]`));
  const other = page.querySelector(".live-map");
  for (const name of ["source", "query", "near", "synthetic"])
    box.dataset[name] = other.dataset[name];
  document.querySelector(".language").href = page.querySelector(".language").href;
};

const filtering = (map, list) => {
  const form = document.querySelector("#filtros");
  const status = box.querySelector("[role=status]");
  let shown = location.search;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = [...new FormData(form)].filter(([, value]) => value);
    const address = `${form.getAttribute("action")}?${new URLSearchParams(given)}`;
    status.textContent = status.dataset.wait;
    const answer = await fetch(address).catch(() => null);
    const text = answer?.ok ? await answer.text() : "";
    const page = new DOMParser().parseFromString(text, "text/html");
    // What is wrong, and a source without alerts, the page says itself.
    if (!page.querySelector(".live-map")) return location.assign(address);
    swap(page);
    history.pushState(null, "", address + location.hash);
    shown = location.search;
    map.getSource("alertas").setTiles([location.origin + alertTiles()]);
    stamp();
    list();
    status.textContent = document.querySelector(".verdict, [data-part=districts] .notice")
      ?.firstChild.textContent ?? "";
  });
  addEventListener("popstate", () => {
    if (location.search !== shown) location.reload();
  });
};

const stamp = () => {
  const canvas = box.querySelector(".canvas");
  canvas.querySelector(".stamp")?.remove();
  const { synthetic } = box.dataset;
  if (synthetic) canvas.append(element("p", synthetic, { className: "stamp" }));
};

const start = (live) => async (says) => {
  const opened = await live.opened(box, { hash: "mapa" });
  const { map } = opened;
  map.addSource("alertas", live.vector(alertTiles(), 7, 16));
  map.addLayer(alertLayer);
  readLayers();
  applyLayers(map);
  stamp();
  const tell = teller(opened, says);
  map.on("click", ({ point }) => tell(point));
  // By keyboard: what lies in the middle of the map, where a cross stands.
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") tell(map.project(map.getCenter()));
  });
  box.querySelector("fieldset").addEventListener("change", () => {
    applyLayers(map);
    keepLayers();
  });
  box.addEventListener("click", (event) => {
    if (!event.target.matches('a[href="#filtros"]')) return;
    // The fragment holds the view.
    event.preventDefault();
    document.querySelector("#filtros select").focus();
  });
  const list = lister(map);
  filtering(map, list);
  let soon;
  map.on("moveend", () => {
    clearTimeout(soon);
    soon = setTimeout(list, 400);
  });
  await Promise.all([map.once("idle"), list()]);
};

if (box) {
  const live = await import(new URL(box.dataset.live, location.href).href);
  const show = live.whenAsked(box, start(live));
  const line = navigator.connection;
  const isGood = line && line.effectiveType === "4g" && !line.saveData && line.downlink >= 5;
  if (fragment().has("mapa")) {
    box.scrollIntoView();
    show();
  } else if (isGood && matchMedia("(min-width: 60rem)").matches && "requestIdleCallback" in window)
    requestIdleCallback(show, { timeout: 8000 });
}
