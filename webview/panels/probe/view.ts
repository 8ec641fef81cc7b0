import type { ProbeSnapshot, ProbeViewEvents, Settings } from '../../../src/shared/probe';
import type { Theme } from '../../theme';

/** Everything that the panel's parts draw themselves from. Replaced, never changed. */
export interface View {
  /** Null until the host has spoken. */
  snapshot: ProbeSnapshot | null;
  /** The form as the user has it, which may be ahead of the host's settings. */
  settings: Settings;
  theme: Theme;
}

/** What the user can do; the parts call these and nothing else. */
export interface Actions {
  /** A setting was changed; a live probe runs soon. */
  change(name: string, value: Settings[string]): void;
  /** Runs with the form's settings and, where it was edited, another text. */
  run(text?: string): void;
  say(text: string): void;
  send<K extends keyof ProbeViewEvents & string>(name: K, body: ProbeViewEvents[K]): void;
}

/** A part of the panel: its element, and how it follows the view. */
export interface Part {
  element: HTMLElement;
  update(view: View): void;
}
