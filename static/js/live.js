// What the site's interactive maps share: MapLibre, fetched when it is asked for, and
// the limits under everything else.

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

export const vector = (path, minzoom, maxzoom) => ({
  type: "vector",
  tiles: [location.origin + path],
  minzoom,
  maxzoom,
});

const limits = () => ({
  version: 8,
  sources: {
    distritos: vector("/tiles/limites/distritos/{z}/{x}/{y}.mvt", 5, 14),
    zonas: vector("/tiles/limites/zonas/{z}/{x}/{y}.mvt", 5, 14),
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
  ],
});

const spanish = (title) => ({
  "NavigationControl.ZoomIn": "Acercar",
  "NavigationControl.ZoomOut": "Alejar",
  "Map.Title": title,
  "Popup.Close": "Cerrar",
  "CooperativeGesturesHandler.WindowsHelpText": "Usa Ctrl y la rueda para acercar",
  "CooperativeGesturesHandler.MacHelpText": "Usa ⌘ y la rueda para acercar",
  "CooperativeGesturesHandler.MobileHelpText": "Usa dos dedos para mover el mapa",
});

// Draws the limits in the box's canvas; `more` are further options of the map.
// The page scrolls with one finger and with the wheel: the map never traps it.
export const opened = async (box, more = {}) => {
  const { script, worker, style, bounds } = box.dataset;
  const [maplibre] = await Promise.all([import(absolute(script)), styled(style)]);
  maplibre.setWorkerUrl(absolute(worker));
  box.classList.add("shown");
  const canvas = box.querySelector(".canvas");
  const title = canvas.getAttribute("aria-label");
  const [west, south, east, north] = bounds.split(",").map(Number);
  const map = new maplibre.Map({
    container: canvas,
    style: limits(),
    bounds: [west, south, east, north],
    fitBoundsOptions: { padding: 20 },
    minZoom: 7,
    maxZoom: 18,
    maxPitch: 0,
    dragRotate: false,
    fadeDuration: 0,
    attributionControl: false,
    cooperativeGestures: true,
    locale: document.documentElement.lang === "en" ? { "Map.Title": title } : spanish(title),
    ...more,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }));
  await map.once("load");
  return { maplibre, map, canvas };
};

const canDraw = () => Boolean(document.createElement("canvas").getContext("webgl2"));

// Shows the box and its button; nothing is fetched before it is pressed. Returns what
// presses it.
export const whenAsked = (box, start) => {
  const button = box.querySelector("button");
  const status = box.querySelector("[role=status]");
  const { wait, failed, noWebgl } = status.dataset;
  const show = async () => {
    if (button.disabled) return;
    if (!canDraw()) {
      status.textContent = noWebgl;
      return;
    }
    button.disabled = true;
    status.textContent = wait;
    try {
      await start(status.dataset);
      button.hidden = true;
      status.textContent = "";
      box.dataset.ready = "1";
    } catch (fault) {
      console.info(fault);
      box.classList.remove("shown");
      button.disabled = false;
      status.textContent = failed;
    }
  };
  box.hidden = false;
  button.addEventListener("click", show);
  return show;
};
