// Keeps what was typed and photographed on this device until the server has it.
//
// A form takes part by <form data-draft="what it is about"> with an input client_uuid. Every change is written to the
// device; leaving and coming back brings it back. A submit that finds no network is sent again by itself, under the same
// client_uuid, so the server takes it once; it also says when the button was pressed and when it was sent, both by the
// device's clock, from which the server reckons when that was. The copy on the device goes when a page shows [data-received="<client_uuid>"],
// and after 14 days. Drafts belong to the person who signed in: another one on the same device does not see them.
'use strict';

const DAYS_KEPT = 14;
const RETRY_MS = 30000;
const CUT_OFF_MS = 60000;
const SKIPPED = new Set(['csrfmiddlewaretoken', 'client_uuid']);
const UNANSWERED = ['waiting', 'sending'];

const owner = () => document.body.dataset.owner || '';
const clock = (at) => new Date(at).toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit', hour12: false });
const draftForms = (root) => [...root.querySelectorAll('form[data-draft]')];
const keyOf = (form) => JSON.stringify([owner(), form.dataset.draft]);

// --- the device's store ---

const store = new Promise((resolve, reject) => {
  const opening = indexedDB.open('huyuan', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('drafts', { keyPath: 'key' });
  opening.onsuccess = () => resolve(opening.result);
  opening.onerror = () => reject(opening.error);
});

async function inStore(mode, work) {
  const table = (await store).transaction('drafts', mode).objectStore('drafts');
  const asked = work(table);
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

const readDraft = (key) => inStore('readonly', (table) => table.get(key));
const writeDraft = (draft) => inStore('readwrite', (table) => table.put(draft));
const dropDraft = (key) => inStore('readwrite', (table) => table.delete(key));
const allDrafts = () => inStore('readonly', (table) => table.getAll());

// --- what the person is told ---

function tell(form, text, canDrop = false) {
  const line = form.querySelector('[data-draft-line]');
  if (!line) return;
  line.hidden = false;
  line.querySelector('[data-draft-text]').textContent = text;
  line.querySelector('[data-draft-drop]').hidden = !canDrop;
}

function showNetwork() {
  const line = document.querySelector('[data-offline]');
  if (line) line.hidden = navigator.onLine;
}

// --- form to draft and back ---

function draftOf(form, state) {
  const texts = [];
  const files = [];
  for (const [name, value] of new FormData(form)) {
    if (SKIPPED.has(name)) continue;
    if (typeof value === 'string') texts.push([name, value]);
    else if (value.size) files.push([name, value, value.name]);
  }
  return {
    key: keyOf(form), owner: owner(), page: location.href, action: form.action,
    uuid: form.elements.client_uuid.value, texts, files, state, at: Date.now(),
  };
}

function fillTexts(form, draft) {
  const sent = new Map();
  for (const [name, value] of draft.texts) sent.set(name, [...(sent.get(name) || []), value]);
  for (const group of form.querySelectorAll('[data-group]')) {
    const row = new RegExp(`^${group.dataset.group}\\.(\\d+)\\.`);
    const wanted = new Set([...sent.keys()].map((name) => name.match(row)?.[1]).filter(Boolean));
    const present = new Set([...group.querySelectorAll('[data-group-rows] [name="_remove"]')].map((button) => button.value.split('.').pop()));
    for (const number of wanted) if (!present.has(number)) window.huyuanForms.addRow(group, Number(number));
  }
  for (const input of form.elements) {
    if (!input.name || SKIPPED.has(input.name) || ['file', 'submit', 'button'].includes(input.type)) continue;
    const values = sent.get(input.name) || [];
    if (['checkbox', 'radio'].includes(input.type)) input.checked = values.includes(input.value);
    else if (values.length) input.value = values[0];
  }
}

function fillFiles(form, draft, wanted = () => true) {
  for (const field of form.querySelectorAll('[data-files]')) {
    const files = draft.files.filter(([name]) => name === field.dataset.files);
    const inputs = field.querySelectorAll('input[type=file]');
    if (!files.length || !wanted(field) || [...inputs].some((input) => input.files.length)) continue;
    const bag = new DataTransfer();
    for (const [, blob, name] of files) bag.items.add(new File([blob], name, { type: blob.type }));
    inputs[inputs.length - 1].files = bag.files;
    window.huyuanForms.showPicked(field);
  }
}

async function restore(form) {
  const draft = await readDraft(keyOf(form));
  if (!draft) return;
  if (draft.uuid === form.elements.client_uuid.value) {
    // The server's answer to this very draft: its texts are newer, only photos that it did not keep are missing.
    fillFiles(form, draft, (field) => !field.querySelector('.kept-files'));
    tell(form, '填写的内容仍保存在本机，改好后再报送。');
    return;
  }
  form.elements.client_uuid.value = draft.uuid;
  fillTexts(form, draft);
  fillFiles(form, draft);
  window.huyuanForms.prepare(form);
  tell(form, draft.state === 'waiting' ? `${clock(draft.pressed)} 已保存在本机，等待网络` : `已找回 ${clock(draft.at)} 保存在本机的内容`, true);
}

// --- sending ---

function token() {
  return JSON.parse(document.body.getAttribute('hx-headers') || '{}')['X-CSRFToken'] || '';
}

/** Posts the body of a draft; returns the page that answered. Throws when there is no network, or nobody behind it. */
async function post({ action, pressed }, body) {
  body.set('device_at', new Date(pressed).toISOString());
  body.set('device_sent_at', new Date().toISOString());
  const answer = await fetch(action, { method: 'POST', body, headers: { 'X-CSRFToken': token() }, credentials: 'same-origin' });
  if (answer.status > 500) throw new Error(String(answer.status));
  return { url: answer.url, page: new DOMParser().parseFromString(await answer.text(), 'text/html') };
}

const receivedIn = (page) => [...page.querySelectorAll('[data-received]')].map((mark) => mark.dataset.received);

function showAnswer({ url, page }) {
  const main = page.querySelector('#main');
  if (!main) {
    location.assign(url);
    return;
  }
  document.title = page.title;
  document.querySelector('#main').replaceWith(document.importNode(main, true));
  history.pushState(null, '', url);
  scrollTo(0, 0);
  window.htmx?.process(document.querySelector('#main'));
  window.huyuanForms.prepare(document.querySelector('#main'));
  (document.querySelector('#main [data-error-summary]') || document.querySelector('#main')).focus();
  arrive(document.querySelector('#main'));
}

/** When the button was pressed: now, or the first time that the same was sent and not answered. */
function firstPressed(before, draft) {
  const again = before && before.uuid === draft.uuid && UNANSWERED.includes(before.state)
    && JSON.stringify(before.texts) === JSON.stringify(draft.texts);
  return again ? before.pressed : draft.at;
}

async function submit(form, button) {
  const body = new FormData(form);
  if (button?.name) body.append(button.name, button.value);
  for (const one of form.querySelectorAll('button')) one.disabled = true;
  const draft = draftOf(form, 'sending');
  draft.pressed = firstPressed(await readDraft(draft.key), draft);
  await writeDraft(draft);
  tell(form, '正在报送……');
  let answer;
  try {
    answer = await post(draft, body);
  } catch {
    await writeDraft({ ...draft, state: 'waiting', button: button?.name ? [button.name, button.value] : null });
    tell(form, `${clock(draft.pressed)} 已保存在本机，联网后自动报送。可以离开这一页。`, true);
  }
  for (const one of form.querySelectorAll('button')) one.disabled = false;
  if (!answer) return;
  await writeDraft({ ...draft, state: 'draft' });
  showAnswer(answer);
}

/** Waiting for the network, or cut off while it was being sent: the server takes a repeated uuid once. */
function isUnsent(draft) {
  return draft.owner === owner() && (draft.state === 'waiting' || (draft.state === 'sending' && Date.now() - draft.at > CUT_OFF_MS));
}

let resending = false;

async function resendWaiting() {
  if (resending || !navigator.onLine || !owner()) return;
  resending = true;
  try {
    for (const draft of (await allDrafts()).filter(isUnsent)) {
      const body = new FormData();
      body.append('client_uuid', draft.uuid);
      for (const [name, value] of draft.texts) body.append(name, value);
      for (const [name, blob, filename] of draft.files) body.append(name, blob, filename);
      if (draft.button) body.append(...draft.button);
      const answer = await post(draft, body);
      const form = draftForms(document).find((one) => keyOf(one) === draft.key);
      if (form) {
        await writeDraft({ ...draft, state: 'draft' });
        showAnswer(answer);
      } else if (receivedIn(answer.page).includes(draft.uuid)) {
        await dropDraft(draft.key);
        note(`${clock(Date.now())} 已收到先前保存在本机的登记。`);
      } else {
        await writeDraft({ ...draft, state: 'draft' });
        const why = answer.page.querySelector('.banner-stop div > span, [data-error-summary] h2')?.textContent || '';
        note(`${clock(draft.pressed)} 保存在本机的登记还没有被收下。${why}`, draft.page);
      }
    }
  } catch {
    // Still no network: the next round tries again.
  } finally {
    resending = false;
  }
}

function note(text, page) {
  const line = document.querySelector('[data-offline]');
  if (!line) return;
  line.hidden = false;
  line.textContent = text;
  if (page) {
    const link = document.createElement('a');
    link.href = page;
    link.textContent = '请打开核对';
    line.append(link);
  }
}

// --- the page's life ---

async function arrive(root) {
  const received = receivedIn(document);
  const oldest = Date.now() - DAYS_KEPT * 86400000;
  for (const draft of await allDrafts()) {
    if (received.includes(draft.uuid) || draft.at < oldest) await dropDraft(draft.key);
  }
  for (const form of draftForms(root)) await restore(form);
}

let timer;

function keepSoon({ target }) {
  const form = target.closest?.('form[data-draft]');
  if (!form) return;
  clearTimeout(timer);
  timer = setTimeout(async () => {
    await writeDraft(draftOf(form, 'draft'));
    tell(form, `${clock(Date.now())} 已保存在本机`);
  }, 400);
}

document.addEventListener('input', keepSoon);
document.addEventListener('change', keepSoon);

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.matches('form[data-draft]') || ['_add', '_remove'].includes(event.submitter?.name)) return;
  event.preventDefault();
  clearTimeout(timer);
  submit(form, event.submitter);
});

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-draft-drop]');
  if (!button) return;
  await dropDraft(keyOf(button.form));
  location.reload();
});

addEventListener('online', () => { showNetwork(); resendWaiting(); });
addEventListener('offline', showNetwork);
document.addEventListener('DOMContentLoaded', async () => {
  showNetwork();
  await arrive(document);
  await resendWaiting();
  setInterval(resendWaiting, RETRY_MS);
});
