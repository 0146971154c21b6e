// The yearly grid with a script: the arrows walk a column, and leaving with something
// unsaved asks first.

const form = document.querySelector(".grid-form");

const column = (field) => {
  const [, , cell] = field.name.split("-");
  return [...form.querySelectorAll(`td > input[name$="-${cell}"]:not([type="hidden"])`)];
};

const walk = (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches("td > input")) return;
  const cells = column(event.target);
  const next = cells[cells.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.select();
};

if (form) {
  let isUnsaved = document.querySelector(".problem") !== null;
  form.addEventListener("keydown", walk);
  form.addEventListener("input", () => {
    isUnsaved = true;
  });
  form.addEventListener("submit", () => {
    isUnsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved) event.preventDefault();
  });
}
