import * as l10n from '@vscode/l10n';
import type { ProbeHostEvents, ProbePanelState, ProbeViewEvents, Settings } from '../../../src/shared/probe';
import { PROBE_PROTOCOL_VERSION } from '../../../src/shared/probe';
import type { EventHandlers } from '../../../src/shared/rpc';
import type { Host } from '../../host';
import { onThemeChange, readTheme } from '../../theme';
import type { Actions, Part, View } from './view';

type ProbeHost = Host<ProbeViewEvents, Record<never, never>, ProbePanelState>;

/** A slider sends many changes; a live probe runs once they pause this long. */
const SETTLE_MS = 150;

/** Holds the view and tells the parts to follow. */
export class ProbePanel implements Actions {
  private readonly host: ProbeHost;
  private view: View = { snapshot: null, settings: {}, theme: readTheme() };
  private parts: Part[] = [];
  private drawing = false;
  private settling: ReturnType<typeof setTimeout> | undefined;

  constructor(
    connect: (events: EventHandlers<ProbeHostEvents>) => ProbeHost,
    private readonly speak: (text: string) => void,
  ) {
    this.host = connect({ snapshot: (snapshot) => this.receive(snapshot) });
    onThemeChange(() => this.set({ theme: readTheme() }));
  }

  start(parts: Part[]): void {
    this.parts = parts;
    this.draw();
    this.send('ready', { state: this.host.restore() });
  }

  change(name: string, value: Settings[string]): void {
    const settings = { ...this.view.settings, [name]: value };
    this.set({ settings });
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.settling = undefined;
      this.send('settings', settings);
    }, SETTLE_MS);
  }

  run(text?: string): void {
    clearTimeout(this.settling);
    this.settling = undefined;
    this.send('run', { settings: this.view.settings, ...(text !== undefined && { text }) });
  }

  say(text: string): void {
    this.speak(text);
  }

  send<K extends keyof ProbeViewEvents & string>(name: K, body: ProbeViewEvents[K]): void {
    this.host.send(name, body);
  }

  private receive(snapshot: ProbeHostEvents['snapshot']): void {
    const before = this.view.snapshot;
    const { probe, result, busy } = snapshot;
    // What the user is just changing stays until it has been sent.
    const settings = this.settling === undefined ? snapshot.settings : this.view.settings;
    this.set({ snapshot, settings });
    this.host.save({ version: PROBE_PROTOCOL_VERSION, probe: probe.id, resultId: result?.id ?? null });
    if (before?.busy && !busy && result) this.say(result.report.findings[0] ?? l10n.t('Done.'));
  }

  private set(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    if (this.drawing) return;
    this.drawing = true;
    queueMicrotask(() => this.draw());
  }

  private draw(): void {
    this.drawing = false;
    for (const part of this.parts) part.update(this.view);
  }
}
