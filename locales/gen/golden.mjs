// Writes testdata/intl.json: what Node's Intl (ICU, an independent reader of
// the CLDR) makes of the same dates, times and numbers.
//
//   node locales/gen/golden.mjs > locales/testdata/intl.json
const tags = {en: 'en-GB'}
for (const t of `es fr pt ar fa fa-AF ps uk ru so sw am ti vi zh-Hans zh-Hant tr ur hi bn pa pl ro
  ht fil ku ckb my ne sq rw ln ko om`.split(/\s+/)) tags[t] = t

const utc = {timeZone: 'UTC', calendar: 'gregory'}
const out = {icu: process.versions.icu, cldr: process.versions.cldr, languages: {}, calendars: {}}
for (const [tag, name] of Object.entries(tags)) {
  if (!Intl.DateTimeFormat.supportedLocalesOf(name).length) continue
  const f = o => new Intl.DateTimeFormat(name, {...utc, ...o})
  const [date, long, clock] = [
    f({weekday: 'short', day: 'numeric', month: 'short'}), f({dateStyle: 'full'}), f({timeStyle: 'short'})]
  const l = out.languages[tag] = {date: {}, long: {}, clock: {}, number: {}}
  for (let m = 0; m < 12; m++) {
    const d = new Date(Date.UTC(2026, m, 3 + 2 * m))
    l.date[d.toISOString().slice(0, 10)] = date.format(d)
    l.long[d.toISOString().slice(0, 10)] = long.format(d)
  }
  for (let h = 0; h < 24; h++) {
    const d = new Date(Date.UTC(2026, 0, 1, h, h * 2 + 5))
    l.clock[d.toISOString().slice(11, 16)] = clock.format(d)
  }
  for (const n of [0, 1, 12, 999, 1000, 4567, 12345, 987654, 1234567, 123456789])
    l.number[n] = new Intl.NumberFormat(name).format(n)
  const own = {fa: 'persian', 'fa-AF': 'persian', ps: 'persian', am: 'ethiopic', ti: 'ethiopic', om: 'ethiopic'}[tag]
  if (own) {
    const f = new Intl.DateTimeFormat(name, {timeZone: 'UTC', calendar: own, month: 'long', day: 'numeric', year: 'numeric'})
    l.own = {}
    for (let m = 0; m < 13; m++) {
      const d = new Date(Date.UTC(2026, 0, 8 + 30 * m))
      l.own[d.toISOString().slice(0, 10)] = f.formatToParts(d).find(p => p.type === 'month').value
    }
  }
}
// The first day of every month; that each month runs 1, 2, 3 ... is checked here.
for (const calendar of ['persian', 'ethiopic']) {
  const f = new Intl.DateTimeFormat('en-u-nu-latn', {timeZone: 'UTC', calendar, year: 'numeric', month: 'numeric', day: 'numeric'})
  const firsts = out.calendars[calendar] = {}
  let last = 0
  for (let t = Date.UTC(2020, 0, 1); t < Date.UTC(2061, 0, 1); t += 864e5) {
    const p = Object.fromEntries(f.formatToParts(t).map(x => [x.type, x.value]))
    const day = +p.day
    if (day === 1) firsts[new Date(t).toISOString().slice(0, 10)] = `${p.year}-${p.month}`
    else if (last && day !== last + 1) throw new Error(`${calendar}: day ${day} after ${last}`)
    last = day
  }
}
// New year of the Solar Hijri calendar over the whole range that we claim.
const f = new Intl.DateTimeFormat('en-u-nu-latn', {timeZone: 'UTC', calendar: 'persian', year: 'numeric', month: 'numeric', day: 'numeric'})
out.newYears = {}
for (let y = 1900; y <= 2123; y++)
  for (const d of [19, 20, 21, 22, 23]) {
    const t = Date.UTC(y, 2, d)
    const p = Object.fromEntries(f.formatToParts(t).map(x => [x.type, x.value]))
    if (p.month === '1' && p.day === '1') out.newYears[new Date(t).toISOString().slice(0, 10)] = p.year
  }
console.log(JSON.stringify(out, null, 1))
