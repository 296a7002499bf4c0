// Writes segments.jsonl, the counts that segments_test.go compares with, as
// Twilio's own calculator makes them. Needed only to add texts:
//   npm install sms-segments-calculator@1.3.0 && node segments.js > segments.jsonl
const { SegmentedMessage } = require('sms-segments-calculator');

const samples = {
  en: 'Find help near you, groups this week, or talk to someone. You are not alone: call 116 123, free, day and night. ',
  'en-typographic': 'It’s all right – “we” are here… come in. ',
  euro: 'It costs nothing (€0) [really] {yes} ~ a^b | c\\d ',
  es: 'Buscar ayuda cerca de ti; no estás solo, ¿quieres hablar con alguien? Llama al 024, gratis, día y noche. ',
  'es-plain': 'Estamos contigo. Llama al 024, gratis. Ñandú no; mañana sí que se puede. ',
  fr: 'Trouver de l’aide près de chez vous ; ça ne coûte rien. Où êtes-vous ? Noël, cœur, garçon. ',
  de: 'Hilfe in der Nähe finden, Gruppen diese Woche. Schöne Grüße, Öffnung, Übung, Straße. ',
  it: 'Non sei solo: è gratis, perché parlare aiuta. Così è più facile. ',
  pt: 'Não está sozinho; há grupos esta semana. Ações, coração, você, três. ',
  nl: 'Je bent niet alleen; bel ons. Financiële hulp, ideeën, coördinatie. ',
  sv: 'Du är inte ensam. Ring oss, dygnet runt. Hjälp på ditt språk. ',
  pl: 'Nie jesteś sam. Zadzwoń, jeśli chcesz porozmawiać. Łódź, źródło, żółw. ',
  ro: 'Nu ești singur. Sună oricând. Știință, țară, înțelegere. ',
  tr: 'Yalnız değilsin. İstediğin zaman ara. Güneş, ışık, çocuk, öğle. ',
  ku: 'Tu ne bi tenê yî. Ji kerema xwe re telefonê bike. Çawa, şev, û. ',
  uk: 'Ви не самі. Зателефонуйте будь-коли, безкоштовно. Її, є, ґрунт. ',
  ru: 'Вы не одни. Позвоните в любое время, бесплатно. Ещё, объект. ',
  ar: 'لست وحدك. اتصل بنا في أي وقت مجانًا: \u2066116 123\u2069. نحن هنا لنُساعدك. ',
  'ar-marks': 'أَنْتَ لَسْتَ وَحْدَكَ. نَحْنُ هُنا لِنُساعِدَكَ. ',
  'fa-AF': 'شما تنها نیستید. هر وقت می‌خواهید زنگ بزنید: \u200e0800 111 0 111\u200e. ',
  ps: 'تاسو یوازې نه یاست. هر وخت چې غواړئ زنګ ووهئ. ',
  ur: 'آپ اکیلے نہیں ہیں۔ جب چاہیں فون کریں، مفت۔ ',
  ckb: 'تۆ تەنیا نیت. هەر کاتێک دەتەوێت پەیوەندی بکە. ',
  he: 'אתם לא לבד. התקשרו בכל עת, בחינם: 1201. שָׁלוֹם. ',
  so: 'Kaligaa ma tihid. Wac mar kasta, waa bilaash. ',
  sw: 'Hauko peke yako. Piga simu wakati wowote, bure. ',
  am: 'ብቻዎን አይደሉም። በማንኛውም ጊዜ ይደውሉ፣ ነፃ ነው። ',
  ti: 'በይንኹም ኣይኮንኩምን። ኣብ ዝኾነ ግዜ ደውሉ። ',
  hi: 'आप अकेले नहीं हैं। किसी भी समय फ़ोन करें, निःशुल्क। क्षेत्र, श्री। ',
  bn: 'আপনি একা নন। যেকোনো সময় ফোন করুন, বিনামূল্যে। ',
  pa: 'ਤੁਸੀਂ ਇਕੱਲੇ ਨਹੀਂ ਹੋ। ਕਿਸੇ ਵੀ ਸਮੇਂ ਫ਼ੋਨ ਕਰੋ। ',
  ta: 'நீங்கள் தனியாக இல்லை. எப்போது வேண்டுமானாலும் அழையுங்கள். ',
  ne: 'तपाईं एक्लो हुनुहुन्न। जुनसुकै बेला फोन गर्नुहोस्। ',
  my: 'သင် တစ်ယောက်တည်း မဟုတ်ပါ။ အချိန်မရွေး ဖုန်းခေါ်ပါ။ ',
  th: 'คุณไม่ได้อยู่คนเดียว โทรได้ตลอดเวลา ฟรี น้ำใจ ',
  km: 'អ្នកមិននៅម្នាក់ឯងទេ។ ទូរស័ព្ទមកបានគ្រប់ពេល។ ',
  lo: 'ທ່ານບໍ່ໄດ້ຢູ່ຄົນດຽວ ໂທໄດ້ທຸກເວລາ ນ້ຳໃຈ ',
  vi: 'Bạn không đơn độc. Hãy gọi bất cứ lúc nào, miễn phí. ',
  'vi-marks': 'Bạn không đơn độc. Hãy gọi bất cứ lúc nào. '.normalize('NFD'),
  zh: '你并不孤单。随时可以打电话，免费。我们在这里，陪着你！',
  ja: 'あなたは一人ではありません。いつでも電話してください。パーティー、ガ。',
  ko: '당신은 혼자가 아닙니다. 언제든지 전화하세요. ',
  el: 'Δεν είστε μόνοι. Καλέστε οποτεδήποτε. ',
  'el-capitals': 'ΔΓΛΞΠΣΦΨΩΘ ',
  emoji: '🙂 ok 👍 ',
  'emoji-joined': '👨‍👩‍👧 👩🏽‍⚕️ ❤️ 🇺🇦🇸🇴 👍🏿 ',
};

// Lengths around which something changes: alone, in parts, for both encodings.
const lengths = [1, 2, 33, 66, 67, 68, 69, 70, 71, 72, 100, 133, 134, 135, 136, 152, 153, 154, 159, 160, 161, 162,
  200, 201, 202, 267, 268, 269, 305, 306, 307, 320, 402, 459, 460, 640, 900];

const texts = new Set(['', ' ', '\n', 'a\r\nb', '\r\n'.repeat(80), '\f'.repeat(80), '\t', '`', 'ç', 'Ç', '\u001b']);
for (let n = 64; n <= 72; n++) texts.add('ж'.repeat(n - 2) + '🙂').add('a'.repeat(n) + '🙂').add('ж'.repeat(n) + 'e\u0301' + 'ж'.repeat(70));
for (let n = 150; n <= 162; n++) texts.add('a'.repeat(n) + '€').add('a'.repeat(n - 1) + '€€' + 'b'.repeat(153)).add('a'.repeat(n) + '{');
for (const sample of Object.values(samples)) {
  const points = [...sample];
  const size = Math.max(1, Math.round(lengths.length / 2));
  const own = lengths.filter((_, i) => (i + points.length) % 2 === 0 || i > lengths.length - 6).slice(0, size + 6);
  for (const n of own) texts.add(Array.from({ length: n }, (_, i) => points[i % points.length]).join(''));
}
for (const text of texts) {
  const m = new SegmentedMessage(text);
  const units = m.encodedChars.reduce((n, c) => n + c.codeUnits.length, 0);
  console.log(JSON.stringify({ text, encoding: m.getEncodingName(), units, segments: m.segmentsCount }));
}
