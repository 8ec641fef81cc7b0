import type { BundledModel } from '../models/catalogue';
import { hashSource } from '../probes/export/contentPolicy';
import type { Field, Settings } from '../shared/probe';
import { holds, isUsed } from '../shared/fields';
import { PROBE_TOPICS } from '../shared/probe';
import { formatNumber } from '../shared/report';
import type { ProbeOutcome } from './probe';
import { anchor, html } from './report/html';
import { Paints } from './report/paints';
import { actionHtml, partHtml } from './report/parts';
import { pageStyle } from './report/style';
import type { PageColors } from './report/svg';
import { StyleSheet } from './styleSheet';

/** What the report says of itself. */
export interface ReportFacts {
  /** Name and version of the program. */
  program: string;
  /** ISO 8601. */
  createdAt: string;
  models: readonly BundledModel[];
}

/**
 * One HTML file with every probe's findings, figures and tables, for a reader who has not seen the program: no script,
 * nothing from the network, light and dark, fit for printing.
 */
export function* reportPage(outcomes: readonly ProbeOutcome[], facts: ReportFacts): Generator<string> {
  const paints = new Paints();
  const sheet = new StyleSheet(pageStyle(paints));
  const colors = { paints, sheet };
  // The head names the hash of all styles, so that the body comes first.
  const body = [introduction(facts), contents(outcomes), ...outcomes.map((one) => probeSection(one, colors))];
  const style = `${paints.css()}\n${sheet.text}`;
  yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Transformer Probe</title>';
  yield '<meta name="viewport" content="width=device-width, initial-scale=1">';
  yield `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${hashSource(style)}">`;
  yield `<style>${style}</style></head>\n<body>`;
  yield* body;
  yield '</body></html>\n';
}

function introduction({ program, createdAt, models }: ReportFacts): string {
  const rows = models.map(({ id, family, parameters, license }) => {
    const cells = [id, family ?? '', formatNumber(parameters, 'compact'), license ?? ''];
    return `<tr>${cells.map((cell) => `<td>${html(cell)}</td>`).join('')}</tr>`;
  });
  return `<h1>What a transformer does with a text</h1>
<p class="hint">${html(program)}, ${html(createdAt.slice(0, 10))}. Made by <code>transformer-probe probe --all</code>, without a network.</p>
<p>A transformer is the kind of neural network behind today’s language models. It cuts a text into <em>tokens</em> (words or pieces of
words), turns each into a vector, and passes the vectors through a stack of layers. In every layer a number of <em>attention heads</em>
let each token take up something from other tokens; a small network then works on each token by itself. Three families differ in who may
look at whom: an <em>encoder</em> (BERT) reads the text in both directions, a <em>decoder</em> (GPT) only what came before, and an
<em>encoder-decoder</em> (T5) reads one text and writes another.</p>
<p>Each section below is one experiment on such models: what is shown, what to look for, and what it does <em>not</em> prove. The shaded
box holds what was found; it is computed from the numbers of this run, like every figure and table. Layers, heads and tokens count from 0.
The models are small ones that come with the program, so that everything runs on this machine in seconds: larger models know far more,
but work the same way. Where a section says to move or to switch something, that is done in the program: this page holds each
experiment once, with its usual settings.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Models"><table><thead><tr><th scope="col">Model</th><th scope="col">Family</th><th scope="col">Parameters</th><th scope="col">License</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
<h3 id="words">Words</h3>\n<dl class="words">${WORDS.map(([word, said]) => `<dt>${html(word)}</dt><dd>${html(said)}</dd>`).join('\n')}</dl>\n`;
}

/** What a reader from another field needs to know. */
const WORDS: readonly [word: string, said: string][] = [
  [
    'parameter, weight',
    'A number that training has set. Attention weights are no parameters: they are computed from each text.',
  ],
  [
    'embedding, hidden state',
    'The vector of a token: as it enters the first layer, and as a layer leaves it.',
  ],
  [
    'query, key, value',
    'Three vectors that a head makes of each token: what it looks for, what it is found by, and what it hands on.',
  ],
  [
    'logit, softmax',
    'A score before it is a probability, and the function that makes probabilities of scores: e to each, over their sum.',
  ],
  [
    'nat',
    'A unit of surprise: -ln of a probability. 0 nats are certain, 0.69 nats are one chance in two, 6.9 nats one in a thousand. Entropy, the uncertainty of a prediction, is the mean of it.',
  ],
  ['cosine', 'How alike the directions of two vectors are: 1 the same, 0 unrelated, -1 opposite.'],
  ['mask', 'A position that may not be read, or the token [MASK] that stands for a hidden word.'],
  [
    'special token',
    'One that the tokenizer adds, such as [CLS] and [SEP] (BERT), <|endoftext|> (GPT) and </s> (T5).',
  ],
  ['signs in tokens', '␣ or ▁ is a space, ↵ a line break, and ## begins a piece inside of a word.'],
];

function contents(outcomes: readonly ProbeOutcome[]): string {
  const topics = PROBE_TOPICS.map((topic) => {
    const own = outcomes.filter(({ probe }) => probe.topic === topic);
    const lines = own.map(
      ({ probe }) =>
        `<li><a href="#${html(probe.id)}">${html(probe.title)}</a><br><span class="hint">${html(probe.summary)}</span></li>`,
    );
    return own.length === 0 ? '' : `<li class="topic">${html(topic)}</li>\n${lines.join('\n')}`;
  });
  return `<h2 id="contents">Contents</h2>\n<ul class="contents">${topics.join('\n')}</ul>\n`;
}

function probeSection(
  { probe, settings, text, seconds, report, error }: ProbeOutcome,
  colors: PageColors,
): string {
  const reading: [string, string][] = [
    ['What is shown', probe.shows],
    ['What to look for', probe.look],
    ['What it does not prove', probe.limits],
  ];
  const parts = report?.parts.map((part) => partHtml(part, probe.id, colors)) ?? [];
  const links = probe.links.map(({ label, href }) => anchor(label, href)).join(' · ');
  const next = (report?.actions ?? []).filter(({ kind }) => kind === 'probe');
  return [
    `<h2 id="${html(probe.id)}">${html(probe.title)}</h2>\n<p>${html(probe.summary)}</p>\n`,
    `<dl>${reading.map(([name, said]) => `<dt>${name}</dt><dd>${html(said)}</dd>`).join('\n')}</dl>\n`,
    links ? `<p class="hint">${links}</p>\n` : '',
    text === null || (probe.reads && !holds(probe.reads, settings))
      ? ''
      : `<p class="hint">The text:</p><blockquote>${html(text)}</blockquote>\n`,
    error === null ? '' : `<p class="error">${html(error)}</p>\n`,
    report
      ? `<ul class="found">${report.findings.map((line) => `<li>${html(line)}</li>`).join('\n')}</ul>\n`
      : '',
    next.length > 0 ? `<p>${next.map((action) => actionHtml(action, action.label)).join(' · ')}</p>\n` : '',
    `<div class="parts">\n${parts.join('')}</div>\n`,
    settingsHtml(probe.fields, settings, seconds),
    '<p class="top"><a href="#contents">Contents</a></p>\n',
  ].join('');
}

function settingsHtml(fields: Record<string, Field>, settings: Settings, seconds: number): string {
  const used = Object.entries(fields).filter(([name]) => isUsed(fields, settings, name));
  const rows = used.map(([name, field]) => {
    const said = valueOf(field, settings[name]);
    return `<tr><td>${html(field.label)}</td><td>${html(said)}</td></tr>`;
  });
  const table = rows.length > 0 ? `<table><tbody>${rows.join('\n')}</tbody></table>` : '';
  return `<details><summary>How it was run, in ${seconds.toFixed(1)} s</summary>${table}</details>\n`;
}

function valueOf(field: Field, value: Settings[string] | undefined): string {
  if (field.kind === 'choice')
    return field.options.find((option) => option.value === value)?.label ?? String(value);
  if (field.kind === 'boolean') return value === true ? 'yes' : 'no';
  return String(value ?? '') || '–';
}
