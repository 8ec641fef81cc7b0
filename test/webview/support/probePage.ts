import type { Page } from 'playwright-core';
import type { AnyProbe } from '../../../src/probes/probe';
import { defaultSettings } from '../../../src/probes/settings';
import type { Messages } from '../../../src/shared/language';
import type {
  ProbeHostEvents,
  ProbeInfo,
  ProbeSnapshot,
  ProbeViewEvents,
  Settings,
} from '../../../src/shared/probe';
import { Rpc } from '../../../src/shared/rpc';
import type { EventHandlers } from '../../../src/shared/rpc';
import { Pages } from './pages';
import type { OpenPage } from './pages';
import type { ThemeName } from './standIn';

type HostRpc = Rpc<Record<never, never>, ProbeHostEvents, Record<never, never>, ProbeViewEvents>;
type Posted = { [K in keyof ProbeViewEvents]: { name: K; body: ProbeViewEvents[K] } }[keyof ProbeViewEvents];

const EVENTS = [
  ...(['ready', 'run', 'settings', 'read', 'cancel', 'chooseModel', 'chooseFile'] as const),
  ...(['hover', 'reveal', 'act', 'export', 'picture'] as const),
];

/** What the host says of a probe that has a result. */
export function snapshotOf(probe: AnyProbe, data: unknown, settings: Settings): ProbeSnapshot {
  const made = { runMs: 12, createdAt: '2026-11-22T00:00:00.000Z' };
  return {
    probe: infoOf(probe),
    settings,
    text: probe.sample === undefined ? null : { origin: 'sample', segments: [probe.sample] },
    models: [{ id: 'pocket-bert', family: 'encoder-only' }],
    result: { id: 'r1', data, report: probe.report(data, settings), settings, partial: false, ...made },
    ...{ busy: null, error: null, stale: false, linked: false },
  };
}

/** What the panel is told of a probe: everything but its functions. */
function infoOf(probe: AnyProbe): ProbeInfo {
  return JSON.parse(JSON.stringify(probe)) as ProbeInfo;
}

/** A browser and the panel's server, for all tests of a file. */
export class ProbeBench {
  private constructor(private readonly pages: Pages) {}

  static async start(messages?: Messages): Promise<ProbeBench> {
    return new ProbeBench(await Pages.start('probe', false, messages));
  }

  stop(): Promise<void> {
    return this.pages.stop();
  }

  async show(snapshot: ProbeSnapshot, theme: ThemeName = 'dark'): Promise<ProbePage> {
    return ProbePage.open(await this.pages.take(), snapshot, theme);
  }

  /** A probe as the panel shows it before anything has run. */
  fresh(probe: AnyProbe): ProbeSnapshot {
    const settings = defaultSettings(probe.fields);
    const text =
      probe.sample === undefined ? null : ({ origin: 'sample', segments: [probe.sample] } as const);
    const nothing = { result: null, busy: null, error: null, stale: false, linked: false };
    return {
      probe: infoOf(probe),
      settings,
      text: text && { ...text, segments: [...text.segments] },
      models: [],
      ...nothing,
    };
  }
}

/** A probe's panel in a page, with the test at the host's end of the real wire. */
export class ProbePage {
  readonly posted: Posted[] = [];
  /** What no panel may cause: policy violations, errors on the console, exceptions. */
  readonly faults: string[] = [];
  private rpc!: HostRpc;

  private constructor(
    private readonly opened: OpenPage,
    private snapshot: ProbeSnapshot,
  ) {}

  static async open(opened: OpenPage, snapshot: ProbeSnapshot, theme: ThemeName): Promise<ProbePage> {
    const panel = new ProbePage(opened, snapshot);
    panel.rpc = new Rpc((message) => opened.deliver(message), {}, panel.recorders());
    await opened.load(
      { theme },
      {
        receive: (message) => panel.rpc.receive(message),
        fault: (text) => panel.faults.push(text),
      },
    );
    await panel.page.locator('h1:not(:empty)').waitFor();
    await panel.settled();
    return panel;
  }

  get page(): Page {
    return this.opened.page;
  }

  async send(change: Partial<ProbeSnapshot>): Promise<void> {
    this.snapshot = { ...this.snapshot, ...change };
    this.rpc.send('snapshot', this.snapshot);
    await this.settled();
  }

  async setTheme(theme: ThemeName): Promise<void> {
    await this.opened.setTheme(theme);
    await this.settled();
  }

  /** Waits until the panel has drawn what it has. */
  async settled(): Promise<void> {
    await this.opened.drawn();
  }

  bodies<K extends keyof ProbeViewEvents>(name: K): ProbeViewEvents[K][] {
    return this.posted.filter((event) => event.name === name).map(({ body }) => body as ProbeViewEvents[K]);
  }

  /** Waits for an event and gives its body. */
  async next<K extends keyof ProbeViewEvents>(name: K): Promise<ProbeViewEvents[K]> {
    while (this.bodies(name).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    return this.bodies(name).at(-1) as ProbeViewEvents[K];
  }

  screenshot(name: string): Promise<void> {
    return this.opened.screenshot(name);
  }

  close(): Promise<void> {
    return this.opened.close();
  }

  private recorders(): EventHandlers<ProbeViewEvents> {
    const record = (name: string) => (body: unknown) => {
      this.posted.push({ name, body } as Posted);
      if (name === 'ready') this.rpc.send('snapshot', this.snapshot);
    };
    return Object.fromEntries(
      EVENTS.map((name) => [name, record(name)]),
    ) as unknown as EventHandlers<ProbeViewEvents>;
  }
}
