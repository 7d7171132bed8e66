// The page of similar images as a researcher meets it: node similar_researcher.mjs BASE NAME PASSWORD FILE OUT
// The archive has images of hands, two of which are the same, that FILE is a PNG of. Nothing that the page asks may be refused.
import fs from 'node:fs';
import { check, drop, Failures, launch, logIn } from './browser.mjs';

const [base, name, password, file, out] = process.argv.slice(2);
fs.mkdirSync(out, { recursive: true });

const browser = await launch();
const page = await (await browser.newContext({ viewport: { width: 1280, height: 1000 } })).newPage();
const failures = new Failures(page);
const painted = () => page.locator('#cells rect.on').count();
const found = async () => {
  await page.waitForFunction(() => !document.getElementById('go').disabled && document.getElementById('message').textContent.match(/pictures, in|nothing|Nothing/));
  return page.locator('#results li').count();
};

await logIn(page, base, '/similar', name, password);
await page.waitForSelector('#recent img');
check(await page.locator('#state, #from, #save').count() === 0, 'what needs other rights is offered');

// A stored image by its picture, and the part of the body that it shows.
await page.locator('#recent button').first().click();
await page.waitForFunction(() => document.getElementById('picture').naturalWidth > 0);
const instance = new URL(page.url()).searchParams.get('instance');
check(instance.startsWith('2.25.'), 'not a pseudonym: ' + instance);
await page.check('#mode-image');
await page.waitForFunction(() => document.getElementById('said-by').textContent.includes('known'));
check(await painted() > 0, 'the place of the example is not shown');
await page.check('input[name=mode][value=search]');
await page.click('#same');
check(await painted() > 0, 'the place of the example was not taken');
await page.click('#go');
check(await found() >= 2, 'nothing was found');
check(/^\d+ pictures, in \d+ ms/.test(await page.textContent('#message')), 'the page says ' + await page.textContent('#message'));
check((await page.textContent('#results')).includes('Body region 100 %'), 'the share of the body region is not shown');
await page.waitForFunction(() => [...document.querySelectorAll('#results img')].slice(0, 2).every(image => image.naturalWidth > 0));
await page.screenshot({ path: `${out}/found.png`, fullPage: true });

// Nothing alike enough: words, and no error.
await page.fill('#score', '1');
await page.click('#clear');
await page.selectOption('#parts', 'left foot');
await page.click('#go');
check(await found() === 0, 'hands were found among feet');
check(await page.locator('#error').isHidden(), 'an error is shown: ' + await page.textContent('#error'));

// The same by its address, by a part of the body alone, and by a file.
await page.goto(`${base}/similar?instance=${instance}`);
await page.waitForFunction(() => document.getElementById('picture').naturalWidth > 0);
await page.goto(`${base}/similar`);
await page.selectOption('#parts', 'left hand');
await page.click('#go');
await page.waitForFunction(() => /show something of this part/.test(document.getElementById('message').textContent));
await page.click('#clear');
await drop(page, '#drop', { name: 'hand.png', type: 'image/png', content: fs.readFileSync(file) });
await page.click('#go');
check(await found() >= 2, 'the file was not found');
await browser.close();
failures.none();
console.log('the page was gone through');
