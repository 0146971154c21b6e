// Interactive charts: nothing is fetched until the reader presses the button.
(() => {
  "use strict";
  // Numbers as Peru writes them; the mode bar is off, so no other word is shown.
  const locale = {
    moduleType: "locale",
    name: "es-PE",
    dictionary: {},
    format: { decimal: ".", thousands: ",", grouping: [3], currency: ["S/ ", ""] },
  };

  const styled = (href) =>
    new Promise((done) => {
      const link = document.createElement("link");
      // Plotly looks for this name and then writes no rules of its own, which
      // the content security policy would refuse.
      link.id = "plotly.js-style-global";
      link.className = "no-inline-styles";
      link.rel = "stylesheet";
      link.href = href;
      link.onload = link.onerror = done;
      document.head.append(link);
    });

  const scripted = (src) =>
    new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = src;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });

  const figured = async (address) => {
    const answer = await fetch(address, { credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const show = async (box) => {
    const { figure, script, style } = box.dataset;
    const [drawing] = await Promise.all([figured(figure), styled(style), scripted(script)]);
    window.Plotly.register(locale);
    await window.Plotly.newPlot(
      box.querySelector(".plot"),
      drawing.data,
      drawing.layout,
      drawing.config,
    );
  };

  for (const box of document.querySelectorAll(".explore")) {
    const button = box.querySelector("button");
    const says = box.querySelector("[role=status]");
    box.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      says.textContent = box.dataset.wait;
      try {
        await show(box);
        button.hidden = true;
        // The drawing it replaces stays for screen readers.
        box.closest("figure").classList.add("explored");
        says.textContent = "";
      } catch {
        button.disabled = false;
        says.textContent = box.dataset.failed;
      }
    });
  }
})();
