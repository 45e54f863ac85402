"use strict";
// Nothing here is needed. Fields that filter by nothing are left out of the address, and text to copy gets a button.
addEventListener("submit", function (e) {
  e.target.querySelectorAll && Array.from(e.target.elements).forEach(function (value) {
    if (value.name !== "~value" || value.value) return;
    var cell = value.parentNode.closest("td"), op = cell && cell.querySelector("select");
    if (op && /^(null|notnull|empty|true|false)$/.test(op.value)) return;
    cell && cell.querySelectorAll("input,select").forEach(function (field) { field.disabled = true; });
  });
});
addEventListener("pageshow", function () {
  document.querySelectorAll(".filter :disabled").forEach(function (field) { field.disabled = false; });
});
// A tool closes when something else is clicked, or by the key Escape.
addEventListener("click", function (e) { closeTools(function (tool) { return !tool.contains(e.target); }); });
addEventListener("keydown", function (e) { e.key === "Escape" && closeTools(function (tool) { tool.firstElementChild.focus(); return true; }); });
function closeTools(which) {
  document.querySelectorAll(".tool[open]").forEach(function (tool) { if (which(tool)) tool.open = false; });
}
navigator.clipboard && document.querySelectorAll("figure").forEach(function (figure) {
  var button = document.createElement("button");
  button.textContent = "copy";
  button.onclick = function () { navigator.clipboard.writeText(figure.querySelector("pre").textContent).then(function () { button.textContent = "copied"; }); };
  figure.querySelector("figcaption").append(" ", button);
});
