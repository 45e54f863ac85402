package browser

// rules are what everybody needs to use a page, as far as a program can tell. The value is the list of
// what breaks them.
const rules = `(() => {
	const broken = [], text = e => e.textContent.trim().slice(0, 40);
	const all = s => Array.from(document.querySelectorAll(s));
	const say = (what, e) => broken.push(what + ': ' + (e ? e.outerHTML.slice(0, 120) : ''));
	if (document.documentElement.lang !== 'en') say('no language');
	if (!document.title) say('no title');
	if (all('h1').length !== 1) say('not one h1');
	if (all('main').length !== 1 || all('header').length !== 1) say('no landmarks');
	all('nav').forEach(e => e.getAttribute('aria-label') || say('a nav without a name', e));
	all('[role=region], section').forEach(e => e.getAttribute('aria-label') || document.getElementById(e.getAttribute('aria-labelledby')) || say('a region without a name', e));
	all('th').forEach(e => ['col', 'row'].includes(e.getAttribute('scope')) || say('a th without scope', e));
	all('img').forEach(e => e.hasAttribute('alt') || say('an image without text', e));
	all('[tabindex]').forEach(e => e.tabIndex > 0 && say('an order of focus of its own', e));
	all('input:not([type=hidden]), select, textarea').forEach(e =>
		e.labels && e.labels.length || e.getAttribute('aria-label') || say('a field without a label', e));
	all('a, button, summary').forEach(e => text(e) || e.getAttribute('aria-label') || say('no name', e));
	const ids = all('[id]').map(e => e.id);
	if (new Set(ids).size !== ids.length) say('an id twice');
	let level = 0;
	all('h1,h2,h3').forEach(e => { const n = +e.tagName[1]; if (n > level + 1) say('a heading skips a level', e); level = n; });

	const rgb = s => (s.match(/[\d.]+/g) || []).map(Number);
	const light = ([r, g, b]) => { const f = x => (x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
	const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
	const seen = new Set();
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; n = walker.nextNode();) {
		const e = n.parentElement, style = getComputedStyle(e);
		if (!n.nodeValue.trim() || !e.checkVisibility() || e.closest('script,style')) continue;
		const key = style.color + behind(e) + style.fontSize;
		if (seen.has(key)) continue;
		seen.add(key);
		const [a, b] = [light(rgb(style.color)), light(behind(e))].sort((x, y) => y - x);
		const contrast = (a + 0.05) / (b + 0.05);
		if (contrast < 4.5) say('a contrast of ' + contrast.toFixed(2), e);
	}
	return broken;
})()`
