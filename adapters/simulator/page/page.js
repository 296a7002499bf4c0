// The phones on the page. Every text a person or the bot wrote is set as
// textContent, never as HTML; the page's own texts are in index.html.
'use strict';

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const words = $('#words').dataset;
const views = new Map(); // phone id -> view
let active = null;       // the phone that starters are sent from

async function post(path, body, method = 'POST') {
  try {
    const answer = await fetch('/sim/' + path, {
      method, headers: {'Content-Type': 'application/json'},
      body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined,
    });
    if (answer.ok) return answer.status === 204 ? {} : answer.json();
    return {problem: (await answer.json()).problem};
  } catch {
    return {problem: words.offline};
  }
}

const clone = id => $('#' + id).content.firstElementChild.cloneNode(true);

/* What stands in a bubble: numbers to tap, addresses, commands. */

const linkable = /(?<url>https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\u2069])|(?<![\w/])(?<command>\/[a-zA-Z0-9_]{1,64})(?![\w/])|(?<![\d:.,£$€/#-])(?<tel>\+?\d(?:[ \u00a0-]?\d){2,14})(?![\d:/]|[.,]\d)/gu;
const notNumbers = /^(?:(?:19|20)\d\d|\d{1,2}-\d{1,2}|\d{4}-\d{2}-\d{2}|\d{1,2}-\d{1,2}-\d{2,4})$/;

function fillText(box, text, view) {
  box.replaceChildren();
  let at = 0;
  for (const found of text.matchAll(linkable)) {
    const {url, command, tel} = found.groups;
    if (tel && notNumbers.test(tel) || command && view.kind !== 'telegram') continue;
    box.append(text.slice(at, found.index));
    at = found.index + found[0].length;
    if (command) {
      const b = document.createElement('button');
      b.type = 'button';
      b.className = 'command';
      b.dir = 'ltr';
      b.textContent = command;
      b.addEventListener('click', () => view.act('text', {text: command}));
      box.append(b);
      continue;
    }
    const a = document.createElement('a');
    a.textContent = found[0];
    if (tel) {
      a.href = 'tel:' + tel.replace(/[^\d+]/g, '');
      a.dir = 'ltr';
      a.className = 'tel';
    } else {
      a.href = url;
      a.rel = 'noopener noreferrer';
      a.target = '_blank';
    }
    box.append(a);
  }
  box.append(text.slice(at));
}

const clock = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit'});
const ticks = {waiting: '◷', taken: '✓', failed: '!', undelivered: '!', queued: '·', accepted: '·', sent: '✓', delivered: '✓✓'};

function fillBubble(node, m, view) {
  node.classList.toggle('mine', !!m.mine);
  node.classList.toggle('bad', m.status === 'failed' || m.status === 'undelivered');
  $('.network', node).hidden = !m.network;
  fillText($('.text', node), m.text ?? '', view);
  $('.text', node).hidden = !m.text;
  $('.media', node).hidden = !m.media;
  $('.media', node).textContent = m.media ? words[m.media] : '';
  $('.media', node).dataset.media = m.media ?? '';
  const place = $('.place', node);
  place.hidden = !m.pin;
  if (m.pin) {
    $('.title', place).textContent = m.pin.title ?? '';
    $('.address', place).textContent = m.pin.address ?? '';
    $('.where', place).textContent = m.pin.latitude.toFixed(4) + ', ' + m.pin.longitude.toFixed(4);
  }
  $('.edited', node).hidden = !m.edited;
  const time = $('time', node);
  time.dateTime = m.at;
  time.textContent = clock.format(new Date(m.at));
  const tick = $('.tick', node);
  tick.textContent = m.status ? ticks[m.status] ?? '' : '';
  tick.title = words[m.status] ?? '';
  tick.setAttribute('role', 'img');
  tick.setAttribute('aria-label', words[m.status] ?? '');
  tick.hidden = !m.status;
  const why = $('.why', node);
  why.hidden = !m.why;
  why.textContent = m.why ? (m.status === 'waiting' ? words.retry : words.dead) + ' ' + m.why : '';
  const count = $('.segments', node);
  count.hidden = !m.encoding;
  count.textContent = m.encoding ? counted(m) : '';
  fillButtons($('.buttons', node), m, view);
}

const counted = m => `${m.encoding} · ${m.units} ${m.units === 1 ? words.character : words.characters} · ${m.segments} ${m.segments === 1 ? words.segment : words.segments}`;

function fillButtons(box, m, view) {
  const held = $$('button, a', box).indexOf(document.activeElement);
  box.hidden = !m.buttons;
  box.replaceChildren(...(m.buttons ?? []).map(row => {
    const line = document.createElement('div');
    line.append(...row.map(b => {
      const one = document.createElement(b.url ? 'a' : 'button');
      const label = document.createElement('span');
      label.dir = 'auto';
      label.textContent = b.text;
      one.append(label);
      if (b.url) {
        one.href = b.url;
        one.rel = 'noopener noreferrer';
        one.target = '_blank';
      } else {
        one.type = 'button';
        one.classList.toggle('pressed', !!b.pressed);
        one.addEventListener('click', () => view.act('press', {message: m.id, text: b.text, data: b.data}));
      }
      return one;
    }));
    return line;
  }));
  if (held >= 0) { // the keyboard stays where it was, also when the choices change
    const now = $$('button, a', box);
    (now[held] ?? now[0] ?? view.field).focus();
  }
}

/* One phone. */

class View {
  constructor(phone) {
    this.id = phone.id;
    this.kind = phone.kind;
    this.node = clone(phone.kind === 'sms' ? 'plain-phone' : 'telegram-phone');
    this.node.id = 'phone-' + phone.id.replace(/\W/g, '-');
    this.log = $('.log', this.node);
    this.composer = $('.composer', this.node);
    this.field = $('textarea', this.node);
    this.shown = new Map(); // message id -> element
    this.messages = new Map();
    this.who = words['role' + capital(phone.role)] ?? phone.name;
    $('[data-role]', this.node).textContent = this.who;
    this.log.setAttribute('aria-label', `${words.log}: ${this.who}`);
    this.field.setAttribute('aria-label', `${words.field}: ${this.who}`);
    this.listen();
    this.about(phone);
    for (const m of phone.messages ?? []) this.put(m);
    this.emptiness();
    this.end();
    this.ready = true;
    new ResizeObserver(() => { if (this.atEnd) this.end(); }).observe(this.log);
  }

  listen() {
    this.log.addEventListener('scroll', () => { if (this.log.clientHeight) this.atEnd = this.nearEnd(); });
    this.log.addEventListener('animationend', e => e.target.classList.remove('new'));
    this.node.addEventListener('focusin', () => activate(this));
    this.composer.addEventListener('submit', e => { e.preventDefault(); this.submit(); });
    this.field.addEventListener('input', () => this.typed());
    this.field.addEventListener('keypress', e => { if (e.key === 'Enter' && !e.shiftKey) e.preventDefault(); });
    this.field.addEventListener('keydown', e => {
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); this.submit(); }
      if (e.key === 'ArrowUp' && !this.field.value && this.kind === 'telegram') { e.preventDefault(); this.edit(); }
    });
    this.node.addEventListener('keydown', e => {
      if (e.key !== 'Escape') return;
      const open = $('[aria-expanded="true"]', this.node);
      if (open) { this.fold(); open.focus(); } else if (this.editing) this.unedit();
    });
    for (const b of $$('[data-open]', this.node)) b.addEventListener('click', () => this.unfold(b));
    for (const b of $$('[data-do]', this.node)) b.addEventListener('click', () => this.perform(b.dataset.do));
    for (const b of $$('[data-media]', this.node)) b.addEventListener('click', () => this.act('media', {media: b.dataset.media}));
    for (const b of $$('.keys button', this.node)) b.addEventListener('click', () => {
      this.field.setRangeText(b.firstChild.data, this.field.selectionStart, this.field.selectionEnd, 'end');
      this.typed();
      this.field.focus();
    });
    $('[data-language]', this.node)?.addEventListener('change', e => this.act('language', {language: e.target.value}, true));
    $('[data-location]', this.node)?.addEventListener('submit', e => {
      e.preventDefault();
      const f = e.target.elements;
      this.act('location', {lat: Number(f.lat.value), lon: Number(f.lon.value)});
    });
  }

  async act(what, body, stay) {
    if (!stay) this.fold();
    this.follow = true; // what the person does is always shown
    const {problem} = await post(`phones/${encodeURIComponent(this.id)}/${what}`, body);
    if (problem) this.flash(problem);
    return !problem;
  }

  perform(what) {
    this.fold();
    if (what === 'edit') return this.edit();
    if (what === 'unedit') return this.unedit();
    this.toField = true; // once the composer is there: the button pressed goes away
    return this.act(what);
  }

  async submit() {
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = '';
    this.typed();
    const edited = this.editing;
    this.unedit();
    if (!await (edited ? this.act('edit', {message: edited, text}) : this.act('text', {text}))) {
      this.field.value ||= text;
      this.typed();
    }
  }

  edit() {
    const last = [...this.messages.values()].findLast(m => m.mine && m.text);
    if (!last) return;
    this.editing = last.id;
    this.field.value = last.text;
    $('.editing', this.node).hidden = false;
    this.typed();
    this.field.focus();
  }

  unedit() {
    if (!this.editing) return;
    this.editing = null;
    $('.editing', this.node).hidden = true;
    this.field.value = '';
    this.typed();
    this.field.focus();
  }

  typed() {
    this.field.style.blockSize = 'auto';
    this.field.style.blockSize = Math.min(this.field.scrollHeight, 128) + 'px';
    if (this.kind !== 'sms') return;
    clearTimeout(this.counting);
    const text = this.field.value, output = $('.count', this.node);
    if (!text) { output.textContent = ''; return; }
    this.counting = setTimeout(async () => {
      const c = await post('segments', {text});
      if (this.field.value === text && c.encoding) output.textContent = `${c.units} · ${c.segments} ${c.segments === 1 ? words.segment : words.segments} · ${c.encoding}`;
    }, 120);
  }

  unfold(button) {
    const sheet = $('.' + button.dataset.open, this.node), open = sheet.hidden;
    this.fold();
    if (!open) return;
    sheet.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    $('button, select, input', sheet)?.focus();
  }

  fold() {
    for (const s of $$('.sheet', this.node)) s.hidden = true;
    for (const b of $$('[data-open]', this.node)) b.setAttribute('aria-expanded', 'false');
  }

  // about shows what is true of the phone itself.
  about(phone) {
    this.role = phone.role ?? 'other';
    const hide = (what, yes) => { const b = $(`[data-do="${what}"]`, this.node); if (b) b.hidden = yes; };
    this.call(phone.call);
    const state = phone.off ? words.off : phone.optedOut ? words.optedOut : '';
    this.peer = this.kind === 'sms' ? state : words.bot;
    $('[data-peer]', this.node).textContent = this.peer;
    this.node.classList.toggle('off', phone.off);
    if (this.kind === 'telegram') {
      hide('start', phone.started);
      hide('unblock', !phone.blocked);
      hide('block', phone.blocked || !phone.started);
      this.composer.hidden = !phone.started || phone.blocked;
      const select = $('[data-language]', this.node);
      if (![...select.options].some(o => o.value === phone.language)) select.add(new Option(phone.language));
      select.value = phone.language;
      this.menu(phone.commands ?? []);
    } else {
      hide('off', phone.off);
      hide('on', !phone.off);
      this.composer.hidden = phone.off;
    }
    if (!this.toField) return;
    this.toField = false;
    (this.composer.hidden ? $('.begin:not([hidden])', this.node) : this.field).focus();
  }

  // call shows a call that rings, or is spoken on.
  call(call) {
    const box = $('.call', this.node), came = call && box.hidden;
    box.hidden = !call;
    this.node.classList.toggle('rings', call?.status === 'ringing');
    if (!call) return;
    const rings = call.status === 'ringing';
    $('[data-call-state]', box).textContent = rings ? words.rings : [words.alone, words.speaks, words.three][call.with] ?? words.three;
    $('[data-call-from]', box).textContent = rings ? call.from : '';
    $('[data-call-said]', box).textContent = call.said ? `“${call.said}”` : '';
    $('[data-call-said]', box).hidden = !call.said;
    $('[data-do="answer"]', box).hidden = !rings;
    $('[data-do="hangup"]', box).textContent = rings ? words.decline : words.hangUp;
    if (came) this.node.scrollIntoView({block: 'nearest'});
  }

  menu(commands) {
    $('[data-no-commands]', this.node).hidden = commands.length > 0;
    $('[data-commands]', this.node).replaceChildren(...commands.map(c => {
      const item = document.createElement('li'), b = document.createElement('button');
      const name = document.createElement('b'), what = document.createElement('span');
      b.type = 'button';
      name.textContent = '/' + c.command;
      name.dir = 'ltr';
      what.textContent = c.description;
      what.dir = 'auto';
      b.append(what, name);
      b.addEventListener('click', () => this.act('text', {text: '/' + c.command}).then(() => this.field.focus()));
      item.append(b);
      return item;
    }));
  }

  put(m) {
    let node = this.shown.get(m.id);
    const near = this.follow || this.atEnd || this.nearEnd();
    this.messages.set(m.id, m);
    if (!node) {
      node = clone('bubble');
      this.shown.set(m.id, node);
      fillBubble(node, m, this);
      this.log.append(node);
      if (this.ready) node.classList.add('new');
      if (!m.mine) this.typing(false);
    } else {
      fillBubble(node, m, this);
    }
    this.emptiness();
    if (near) this.end();
    if (!m.mine) this.follow = false;
  }

  drop(id) {
    this.shown.get(id)?.remove();
    this.shown.delete(id);
    this.messages.delete(id);
    this.emptiness();
  }

  emptiness() {
    $('.empty', this.log)?.remove();
    if (this.messages.size) return;
    const p = document.createElement('p');
    p.className = 'empty';
    p.textContent = words['empty' + capital(this.role)] ?? '';
    this.log.append(p);
  }

  nearEnd() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80; }

  end() { this.log.scrollTop = this.log.scrollHeight; this.atEnd = true; }

  typing(on) {
    clearTimeout(this.typingEnds);
    $('[data-peer]', this.node).textContent = on ? words.typing : this.peer;
    if (on) this.typingEnds = setTimeout(() => this.typing(false), 5000);
  }

  flash(text) {
    const p = $('.flash', this.node);
    clearTimeout(this.flashing);
    p.textContent = text;
    p.dir = 'auto';
    p.hidden = false;
    this.flashing = setTimeout(() => { p.hidden = true; }, 6000);
  }
}

const capital = s => s ? s[0].toUpperCase() + s.slice(1) : 'Other';

/* All phones, and the tabs that choose one on a small screen. */

const tablist = $('.tabs');
const shownAtMost = 12;

function addPhone(phone) {
  if (views.size >= shownAtMost) return;
  const view = new View(phone);
  views.set(phone.id, view);
  $('#phones').append(view.node);
  const tab = document.createElement('button');
  tab.type = 'button';
  tab.role = 'tab';
  tab.textContent = words['tab' + capital(phone.role)] ?? phone.name;
  tab.setAttribute('aria-controls', view.node.id);
  tab.addEventListener('click', () => activate(view));
  view.tab = tab;
  tablist.append(tab);
  tablist.hidden = false;
  if (!active) activate(view);
  view.end(); // only now does it have a height
}

tablist.addEventListener('keydown', e => {
  const all = [...views.values()], step = {ArrowRight: 1, ArrowLeft: -1}[e.key];
  if (!step) return;
  e.preventDefault();
  const to = all[(all.indexOf(active) + step + all.length) % all.length];
  activate(to);
  to.tab.focus();
});

function activate(view) {
  if (active === view) return;
  active = view;
  for (const v of views.values()) {
    v.node.classList.toggle('active', v === view);
    v.tab?.setAttribute('aria-selected', String(v === view));
    if (v.tab) v.tab.tabIndex = v === view ? 0 : -1;
  }
  if (view.tab) view.tab.setAttribute('aria-selected', 'true');
  $('[data-from]').textContent = words['of' + capital(view.role)] ?? words.ofOther;
  view.end();
}

for (const b of $$('[data-say]')) b.addEventListener('click', () => active?.act('text', {text: b.dataset.say}));

/* Failures. */

const drawer = $('#faults'), opener = $('#faults-open'), form = $('#fault-form');

function openDrawer(open) {
  drawer.hidden = !open;
  opener.setAttribute('aria-expanded', String(open));
  document.body.classList.toggle('drawn', open);
  (open ? $('#faults-close') : opener).focus();
}
opener.addEventListener('click', () => openDrawer(drawer.hidden));
$('#faults-close').addEventListener('click', () => openDrawer(false));
drawer.addEventListener('keydown', e => { if (e.key === 'Escape') openDrawer(false); });
$('#faults-mend').addEventListener('click', () => post('faults/all', null, 'DELETE'));

function fitForm() {
  const network = form.elements.network.value, kind = form.elements.kind;
  for (const o of kind.options) o.hidden = o.disabled = !!o.dataset.network && o.dataset.network !== network;
  if (kind.selectedOptions[0]?.disabled) kind.value = 'slow';
  $('[data-seconds]', form).hidden = !['slow', 'throttled'].includes(kind.value);
}
form.addEventListener('change', fitForm);
form.addEventListener('submit', e => {
  e.preventDefault();
  const f = form.elements;
  post('faults', {network: f.network.value, kind: f.kind.value, times: Number(f.times.value), seconds: Number(f.seconds.value) || 3});
});
fitForm();

function showFaults(list) {
  $('#fault-none').hidden = list.length > 0;
  $('#faults-mend').hidden = list.length === 0;
  $('#faults-count').hidden = list.length === 0;
  $('#faults-count').textContent = list.length;
  $('#fault-list').replaceChildren(...list.map(f => {
    const item = document.createElement('li'), what = document.createElement('span'), mend = document.createElement('button');
    const kind = words[f.kind === 'lost' ? 'lostAnswer' : f.kind];
    const pause = ['slow', 'throttled'].includes(f.kind) ? ` ${f.seconds} ${words.seconds}` : '';
    const times = f.times === 1 ? words.once : f.times ? `${f.times} ${words.times}` : words.until;
    what.textContent = `${words[f.network]}: ${kind}${pause}, ${times}`;
    mend.type = 'button';
    mend.className = 'quiet';
    mend.textContent = words.mend;
    mend.setAttribute('aria-label', `${words.mend}: ${what.textContent}`);
    mend.addEventListener('click', () => post('faults/' + f.id, null, 'DELETE'));
    item.append(what, mend);
    return item;
  }));
}

/* Live. */

function live(on) {
  $('#live').classList.toggle('on', on);
  $('[data-live]').textContent = on ? words.live : words.lost;
}

const stream = new EventSource('/sim/events');
const on = (kind, act) => stream.addEventListener(kind, e => act(JSON.parse(e.data)));
stream.addEventListener('open', () => live(true));
stream.addEventListener('error', () => live(false));
on('state', state => {
  const before = active?.id, drafts = new Map([...views.values()].map(v => [v.id, v.field.value]));
  for (const v of views.values()) v.node.remove();
  views.clear();
  tablist.replaceChildren();
  active = null;
  for (const p of state.phones) addPhone(p);
  for (const v of views.values()) if (drafts.get(v.id)) { v.field.value = drafts.get(v.id); v.typed(); }
  if (views.has(before)) activate(views.get(before));
  showFaults(state.faults);
});
on('phone', p => { const v = views.get(p.id); v ? v.about(p) : addPhone(p); });
on('message', e => views.get(e.phone)?.put(e.message));
on('removed', e => views.get(e.phone)?.drop(e.id));
on('flash', e => views.get(e.phone)?.flash(e.text));
on('typing', e => views.get(e.phone)?.typing(true));
on('faults', showFaults);
