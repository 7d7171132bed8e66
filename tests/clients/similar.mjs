// The page of similar images in headless Chromium: node similar.mjs BASE PASSWORD INSTANCE OTHER FILE OUT [VIEWER]
// INSTANCE shows a left hand and is stored again as OTHER, which is found as its duplicate; FILE is a PNG of it. Everything is done as a person would, with
// mouse and keyboard, at 1280 and 320 pixels; with VIEWER what was found is opened in it. Screenshots go to OUT.
import fs from 'node:fs';
import { check, drawn, drop, Failures, launch, logIn } from './browser.mjs';

const [base, password, instance, other, file, out, viewer] = process.argv.slice(2);
fs.mkdirSync(out, { recursive: true });

const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, serviceWorkers: 'block' });
const page = await context.newPage();
const failures = new Failures(page);
const shot = name => page.screenshot({ path: `${out}/${name}.png`, fullPage: true });
const painted = () => page.locator('#cells rect.on').count();
const found = async () => {
  await page.waitForFunction(() => !document.getElementById('go').disabled && document.getElementById('message').textContent.match(/pictures, in|nothing|Nothing/));
  return page.locator('#results li').count();
};

// By the start page, after a log-in.
await logIn(page, base, '/similar', 'admin', password);
check(page.url() === base + '/similar', 'the log-in leads elsewhere: ' + page.url());
await page.goto(base + '/');
await page.click('a[href="/similar"]');
await page.waitForSelector('#recent img');
await page.waitForFunction(() => /pictures can be found/.test(document.getElementById('state').textContent));
await shot('empty');

// Without an example there is nothing to look for.
await page.click('#go');
await page.waitForSelector('#error:not([hidden])');
check((await page.textContent('#error')).includes('Choose an example first'), 'no words without an example');

// A part of the body alone.
await page.selectOption('#parts', 'left hand');
await page.click('#go');
await page.waitForFunction(() => /show something of this part/.test(document.getElementById('message').textContent));
check((await page.locator('#results li').first().textContent()).includes('Body region 100 %'), 'hands do not come first');
await page.click('#clear');

// A stored image, by its UID.
await page.fill('#uid', instance);
await page.press('#uid', 'Enter');
await page.waitForFunction(() => document.getElementById('picture').naturalWidth > 0);
check(new URL(page.url()).searchParams.get('instance') === instance, 'the address does not say which image');
await page.click('#go');
check(await found() >= 2, 'nothing was found');
const first = page.locator('#results li').first();
check((await first.textContent()).includes('Score 1.000'), 'the first is not the same: ' + await first.textContent());
check(await page.locator('#results .badge', { hasText: 'duplicate' }).count() === 1, 'the duplicate is not flagged');
const address = await first.locator('a').getAttribute('href');
check(address.startsWith('/viewer/viewer?StudyInstanceUIDs=') && address.includes(other), 'it does not open in the viewer: ' + address);
await page.waitForFunction(() => [...document.querySelectorAll('#results img')].slice(0, 2).every(image => image.naturalWidth > 0));
await shot('found');

// It opens in the viewer, and the page is there again after it.
if (viewer) {
  failures.paused = true;
  await Promise.all([page.waitForURL(/\/viewer\/viewer/), first.locator('a').click()]);
  check(await drawn(page) >= 12, 'the viewer draws nothing');
  await page.screenshot({ path: `${out}/viewer.png` });
  await page.goto(`${base}/similar?instance=${instance}`);
  await page.waitForFunction(() => document.getElementById('picture').naturalWidth > 0);
  failures.paused = false;
}

// A rectangle with the mouse.
await page.locator('#frame').scrollIntoViewIfNeeded();
const box = await page.locator('#frame').boundingBox();
await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.2);
await page.mouse.down();
await page.mouse.move(box.x + box.width * 0.8, box.y + box.height * 0.7, { steps: 5 });
await page.mouse.up();
check(await page.locator('#part').isVisible(), 'no rectangle was drawn');
check(Math.abs(Number(await page.inputValue('#right')) - 80) <= 1, 'the fields do not say the rectangle');
await page.click('#go');
check(await found() >= 2, 'the part was not found');
await page.evaluate(() => document.querySelector('details:has(#whole)').open = true);
await page.click('#whole');
check(!await page.locator('#part').isVisible(), 'the rectangle stays');

// The body region as a filter: by name, then with the mouse, then with the keyboard.
await page.selectOption('#parts', 'left foot');
const foot = await painted();
check(foot > 0, 'the part has no cells');
await page.click('#go');
check(await found() === 0, 'hands were found among feet');
await shot('nothing');
await page.click('#clear');
await page.click('#same');
check(await painted() > 0, 'the place of the example was not taken');
await page.click('#go');
check(await found() >= 2, 'hands were not found among hands');
check((await page.textContent('#results')).includes('Body region 100 %'), 'the share of the body region is not shown');
await page.click('#clear');
await page.locator('#figure').scrollIntoViewIfNeeded();
const cell = place => page.locator(`#cells rect[data-place="${place}"]`);
const from = await cell(8 * 16 + 6).boundingBox(), to = await cell(8 * 16 + 9).boundingBox();
await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
await page.mouse.down();
await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 12 });
await page.mouse.up();
check(await painted() === 4, 'the mouse painted ' + await painted() + ' cells');
await page.focus('#figure');
await page.keyboard.press('ArrowDown');
await page.keyboard.press('Space');
await page.keyboard.press('Shift+ArrowDown');
check(await painted() === 6, 'the keyboard painted ' + await painted() + ' cells');
check((await page.textContent('#cell')).includes(': painted'), 'nobody hears what was painted');
await shot('painted');
await page.click('#clear');

// The place of the image itself is corrected, saved and reset.
await page.check('#mode-image');
check((await page.textContent('#said-by')).includes('attributes'), 'it is not said where the place is from');
const hand = await painted();
await page.selectOption('#parts', 'left forearm');
check(await painted() > hand, 'the forearm was not added');
await page.click('#save');
await page.waitForFunction(() => document.getElementById('said-by').textContent.includes('Set by admin'));
await shot('corrected');
await page.reload();
await page.waitForFunction(() => document.getElementById('said-by').textContent.includes('Set by admin'));
await page.check('#mode-image');
check(await painted() > hand, 'the correction was not kept');
await page.click('#reset');
await page.waitForFunction(() => document.getElementById('said-by').textContent.includes('attributes'));
check(await painted() === hand, 'the attributes do not count again');
await page.check('input[name=mode][value=search]');

// A file, with the other profile; then one that is no image.
await page.selectOption('#profile', 'gradients');
await page.setInputFiles('#file', file);
await page.waitForFunction(() => document.getElementById('picture').naturalWidth > 0);
await page.click('#go');
check(await found() >= 2, 'the file was not found');
const firstOfFile = await page.locator('#results li a').first().getAttribute('href');
check([instance, other].some(uid => firstOfFile.includes(uid)), 'another image comes first: ' + firstOfFile);
await shot('file');

// The same file, dropped; and as a DICOM file, which has no picture before it is stored.
await page.goto(`${base}/similar`);
await page.waitForSelector('#recent img');
await drop(page, '#drop', { name: 'dropped.png', type: 'image/png', content: fs.readFileSync(file) });
await page.waitForFunction(() => document.getElementById('picture').naturalWidth > 0);
check((await page.textContent('#example-name')).includes('dropped.png'), 'the page does not say what was dropped');
await page.click('#go');
check(await found() >= 2, 'what was dropped was not found');
const dicom = await context.request.get(await page.evaluate(uid => fetch(`/dicom-web/instances?SOPInstanceUID=${uid}`)
  .then(answer => answer.json()).then(rows => rows[0]['00081190'].Value[0]), instance), { headers: { Accept: 'application/dicom' } });
await drop(page, '#drop', { name: 'hand.dcm', type: '', content: await dicom.body() });
check((await page.textContent('#example-name')).includes('a DICOM file'), 'it is not said that the file is not shown');
await page.click('#go');
check(await found() >= 2, 'the DICOM file was not found');
check((await page.locator('#results li').first().textContent()).includes('duplicate'), 'the file is not found to be stored');
await shot('dropped');
failures.expected = 415;
const broken = { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') };
await page.setInputFiles('#file', broken);
await page.click('#go');
await page.waitForSelector('#error:not([hidden])');
await shot('refused');
failures.expected = 0;

// A series from the list, another profile and filters, on a phone.
await page.setViewportSize({ width: 320, height: 640 });
await page.goto(`${base}/similar?instance=${instance}`);
await page.waitForFunction(() => document.getElementById('picture').naturalWidth > 0);
await page.selectOption('#modality', 'CR');
await page.fill('#limit', '4');
await page.focus('#limit');
await page.keyboard.press('Enter');
check(await found() >= 2, 'nothing was found on a phone');
const wide = await page.evaluate(() => document.documentElement.scrollWidth);
check(wide <= 320, `the page is ${wide} pixels wide on a phone`);
await shot('phone');
await page.locator('#recent button').first().click();
await page.waitForFunction(uid => new URL(location.href).searchParams.get('instance') !== null && document.getElementById('picture').naturalWidth > 0, instance);
await browser.close();
failures.none();
console.log('the page was gone through');
