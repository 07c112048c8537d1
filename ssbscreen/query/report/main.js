// Starts the page; without it the summary, the classes, the funnel and the tables below still stand.
function drawAll() {
  drawTools();
  drawLegend();
  drawTable();
  drawProfile();
  drawScatter();
}

for (const part of document.querySelectorAll('.needs-script')) part.hidden = false;
document.querySelector('#candidate h2').tabIndex = -1;
document.getElementById('tools').addEventListener('submit', (event) => event.preventDefault());
useRole(0);
if (currentRole().n) {
  drawAll();
  document.querySelectorAll('[data-open]').forEach((link) => link.addEventListener('click', (event) => {
    event.preventDefault();
    if (state.role !== 0) { useRole(0); drawAll(); }
    const i = currentRole().id.indexOf(link.dataset.open);
    if (i >= 0) openCandidate(i);
  }));
  let width = document.documentElement.clientWidth;
  addEventListener('resize', () => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    drawScatter();
  });
} else {
  for (const part of document.querySelectorAll('.needs-script')) part.hidden = true;
}
