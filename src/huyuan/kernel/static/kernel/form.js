// Comforts of forms where scripts may run: rows of a group without a round trip, questions that depend on an answer,
// pictures shown before they are sent, the place from the device, how many rows are chosen. Every form works without
// this file.
'use strict';

document.documentElement.classList.add('scripted');

const inputsOf = (form, name) => [...form.elements].filter((input) => input.name === name);

/** What a form would send under a name now: a list of texts. */
function answers(form, name) {
  return inputsOf(form, name)
    .filter((input) => !['radio', 'checkbox'].includes(input.type) || input.checked)
    .map((input) => input.value);
}

function showDependent(form) {
  for (const part of form.querySelectorAll('[data-show-if]')) {
    const shown = answers(form, part.dataset.showIf).includes(part.dataset.showValue);
    part.hidden = !shown;
    // A hidden question is not sent; the server would ignore it anyway.
    for (const input of part.querySelectorAll('input, select, textarea')) input.disabled = !shown;
  }
}

function numberRows(group) {
  group.querySelectorAll('[data-group-number]').forEach((mark, index) => { mark.textContent = index + 1; });
}

/** Adds a blank row to a group and returns it. Row numbers only grow, so that no two rows share one. */
function addRow(group, number) {
  const rows = group.querySelector('[data-group-rows]');
  const taken = [...rows.querySelectorAll('[name="_remove"]')].map((button) => Number(button.value.split('.').pop()));
  const next = number ?? Math.max(-1, ...taken) + 1;
  const holder = document.createElement('template');
  holder.innerHTML = group.querySelector(':scope > template').innerHTML.replaceAll('__row__', String(next));
  rows.append(holder.content);
  numberRows(group);
  prepare(rows);
  return rows.lastElementChild;
}

function showPicked(field) {
  const list = field.querySelector('[data-picked]');
  for (const picture of list.querySelectorAll('img')) URL.revokeObjectURL(picture.src);
  list.replaceChildren();
  for (const input of field.querySelectorAll('input[type=file]')) {
    for (const file of input.files) {
      const item = document.createElement('li');
      if (file.type.startsWith('image/')) {
        const picture = document.createElement('img');
        picture.src = URL.createObjectURL(file);
        picture.alt = '';
        item.append(picture);
      }
      item.append(file.name);
      list.append(item);
    }
  }
}

function locate(field) {
  const said = field.querySelector('[data-located]');
  const part = (key) => field.querySelector(`[name$=".${key}"]`);
  said.textContent = '正在定位……';
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      part('lat').value = coords.latitude.toFixed(6);
      part('lng').value = coords.longitude.toFixed(6);
      part('datum').value = 'WGS84';
      said.textContent = `● 已记下位置（误差约${Math.round(coords.accuracy)}米）`;
      part('lat').dispatchEvent(new Event('change', { bubbles: true }));
    },
    () => { said.textContent = '没有取到位置，请写明地点名称，或手工填写经纬度。'; },
    { enableHighAccuracy: true, timeout: 15000 },
  );
}

const boxesOf = (form) => [...form.querySelectorAll('.pick-cell input')];

/** A list of rows to choose from: the button says how many are chosen, the link chooses all of the page, or none. */
function showChosen(form) {
  const boxes = boxesOf(form);
  const chosen = boxes.filter((box) => box.checked).length;
  const said = form.querySelector('[data-chosen]');
  said.textContent = chosen ? ` ${chosen} 份` : '';
  said.closest('button').disabled = chosen === 0;
  form.querySelector('[data-choose-all]').textContent = chosen === boxes.length ? '全不选' : `全选本页 ${boxes.length} 份`;
}

/** Called for the page and for every fragment that is put into it. */
function prepare(root) {
  for (const form of root.querySelectorAll('[data-choosing]')) showChosen(form);
  if ('geolocation' in navigator) {
    for (const button of root.querySelectorAll('[data-locate]')) button.hidden = false;
  }
  for (const form of root.closest('form') ? [root.closest('form')] : root.querySelectorAll('form')) showDependent(form);
  root.querySelector('[data-error-summary]')?.focus();
}

document.addEventListener('change', ({ target }) => {
  if (target.form) showDependent(target.form);
  const choosing = target.closest('[data-choosing]');
  if (choosing) showChosen(choosing);
  if (target.type === 'file') showPicked(target.closest('[data-files]'));
});

document.addEventListener('click', (event) => {
  const all = event.target.closest('[data-choose-all]');
  if (all) {
    event.preventDefault();
    const form = all.closest('form');
    const some = boxesOf(form).some((box) => !box.checked);
    for (const box of boxesOf(form)) box.checked = some;
    showChosen(form);
    return;
  }
  const button = event.target.closest('button');
  if (!button) return;
  if (button.matches('[data-locate]')) locate(button.closest('[data-location]'));
  if (button.name === '_add') {
    event.preventDefault();
    addRow(button.closest('[data-group]')).querySelector('input, select, textarea')?.focus();
  }
  if (button.name === '_remove') {
    event.preventDefault();
    const group = button.closest('[data-group]');
    const form = button.form;
    button.closest('[data-group-row]').remove();
    numberRows(group);
    group.querySelector('[name="_add"]').focus();
    form.dispatchEvent(new Event('change', { bubbles: true }));
  }
});

document.addEventListener('htmx:load', ({ detail }) => { if (detail.elt !== document.body) prepare(detail.elt); });
document.addEventListener('DOMContentLoaded', () => prepare(document.body));
// Going back, a browser ticks again what was ticked.
window.addEventListener('pageshow', () => { for (const form of document.querySelectorAll('[data-choosing]')) showChosen(form); });

window.huyuanForms = { addRow, prepare, showPicked };
