// The tool's own picture, which can be moved and enlarged.

import { element } from './dom.js';

/** How much a step enlarges. */
const STEP = 1.25;

export function graph(svg: string): HTMLElement {
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  if (parsed.nodeName !== 'svg') return element('p', {}, 'The graph cannot be shown.');
  const picture = document.importNode(parsed, true) as unknown as SVGSVGElement;
  const whole = picture.viewBox.baseVal;
  const view = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  const all = { ...view };
  const show = () => picture.setAttribute('viewBox', `${view.x} ${view.y} ${view.width} ${view.height}`);
  const zoom = (factor: number, x = 0.5, y = 0.5) => {
    const width = Math.min(Math.max(view.width / factor, all.width / 20), all.width * 2);
    const height = (width / view.width) * view.height;
    view.x += (view.width - width) * x;
    view.y += (view.height - height) * y;
    Object.assign(view, { width, height });
    show();
  };
  const move = (x: number, y: number) => {
    view.x += x * view.width;
    view.y += y * view.height;
    show();
  };
  const keys: Record<string, () => void> = {
    '+': () => zoom(STEP),
    '-': () => zoom(1 / STEP),
    '0': () => {
      Object.assign(view, all);
      show();
    },
    ArrowLeft: () => move(-0.1, 0),
    ArrowRight: () => move(0.1, 0),
    ArrowUp: () => move(0, -0.1),
    ArrowDown: () => move(0, 0.1),
  };
  picture.removeAttribute('width');
  picture.removeAttribute('height');
  const area = element('div', { class: 'graph', tabindex: '0', role: 'group', 'aria-label': 'Graph: arrows move, + and - enlarge, 0 shows all' });
  area.append(picture);
  area.addEventListener('keydown', (event) => {
    const done = keys[event.key];
    if (!done) return;
    event.preventDefault();
    done();
  });
  area.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = area.getBoundingClientRect();
      zoom(event.deltaY < 0 ? STEP : 1 / STEP, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    },
    { passive: false },
  );
  const held = new Map<number, PointerEvent>();
  area.addEventListener('pointerdown', (event) => {
    held.set(event.pointerId, event);
    area.setPointerCapture(event.pointerId);
  });
  area.addEventListener('pointermove', (event) => {
    const before = held.get(event.pointerId);
    if (!before) return;
    const box = area.getBoundingClientRect();
    if (held.size === 1) move((before.clientX - event.clientX) / box.width, (before.clientY - event.clientY) / box.height);
    else {
      const [other] = [...held.values()].filter((one) => one.pointerId !== event.pointerId);
      const apart = (one: PointerEvent) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      zoom(apart(event) / apart(before));
    }
    held.set(event.pointerId, event);
  });
  for (const end of ['pointerup', 'pointercancel'] as const) area.addEventListener(end, (event) => held.delete(event.pointerId));
  const button = (label: string, text: string, key: string) =>
    element('button', { type: 'button', title: label, 'aria-label': label, click: () => keys[key]() }, text);
  const buttons = [button('Enlarge', '+', '+'), button('Make smaller', '−', '-'), button('Show all', 'all', '0')];
  return element('div', {}, element('p', { class: 'buttons' }, ...buttons, element('span', { class: 'dim' }, 'Drag to move.')), area);
}
