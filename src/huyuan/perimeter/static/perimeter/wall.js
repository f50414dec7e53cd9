/** Drawing a wall: a tap on the paper, or a step taken outside, adds a corner to the text that is sent. */

const form = document.querySelector('[data-wall]');
const text = form.querySelector('[data-wall-text]');
const paper = form.querySelector('[data-wall-paper]');
const said = form.querySelector('[data-wall-said]');
const datum = form.querySelector('[data-wall-datum]');
const DEGREE = (6378245 * Math.PI) / 180;

const say = (words) => { said.hidden = false; said.textContent = words; };
const lines = () => text.value.split('\n').map((line) => line.trim()).filter(Boolean);
/** The corners as [lat, lng]; lines that are none are left to the server to find fault with. */
const corners = () => lines().map((line) => line.match(/-?\d+(?:\.\d+)?/g)?.map(Number) ?? []).filter((pair) => pair.length === 2);

function scale() {
  const { lat, lng, unit } = paper.dataset;
  return { lat: Number(lat), lng: Number(lng), unit: Number(unit), squeeze: Math.cos((Number(lat) * Math.PI) / 180) };
}

function draw() {
  if (!paper) return;
  const { lat, lng, unit, squeeze } = scale();
  const places = corners().map(([north, east]) => [500 + (east - lng) * DEGREE * squeeze * unit, 500 - (north - lat) * DEGREE * unit]);
  paper.querySelector('[data-wall-line]').setAttribute('d', places.length ? `M${places.map((place) => place.map((each) => each.toFixed(1)).join(' ')).join('L')}Z` : '');
  paper.querySelector('[data-wall-corners]').replaceChildren(...places.map(([x, y]) => {
    const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    for (const [name, value] of Object.entries({ class: 'corner', cx: x, cy: y, r: 11 })) dot.setAttribute(name, value);
    return dot;
  }));
}

function set(all) {
  text.value = all.join('\n');
  draw();
}

function add(north, east) {
  if (datum.value !== 'WGS84') {
    // What is tapped or walked is as a satellite gives it; the corners so far were not.
    set([]);
    datum.value = 'WGS84';
  }
  set([...lines(), `${north.toFixed(6)}, ${east.toFixed(6)}`]);
  say(`● 已记下 ${corners().length} 个角`);
}

paper?.addEventListener('click', (event) => {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(paper.getScreenCTM().inverse());
  const { lat, lng, unit, squeeze } = scale();
  add(lat + (500 - at.y) / unit / DEGREE, lng + (at.x - 500) / unit / DEGREE / squeeze);
});

form.querySelector('[data-wall-here]').addEventListener('click', () => {
  say('正在定位……');
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      add(coords.latitude, coords.longitude);
      say(`● 已记下第 ${corners().length} 个角（误差约${Math.round(coords.accuracy)}米），走到下一个拐角再按`);
    },
    () => say('没有取到位置，请到开阔处再按，或在图上点。'),
    { enableHighAccuracy: true, timeout: 15000 },
  );
});
form.querySelector('[data-wall-undo]').addEventListener('click', () => { set(lines().slice(0, -1)); });
form.querySelector('[data-wall-clear]').addEventListener('click', () => { set([]); });
form.querySelector('[data-wall-here]').hidden = !('geolocation' in navigator);
form.querySelector('[data-wall-tools]').hidden = false;
text.addEventListener('input', draw);
draw();
