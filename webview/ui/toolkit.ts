import { endStyleProbe } from './styleProbe';
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeProgressRing,
} from '@vscode/webview-ui-toolkit';
import { fill } from './dom';

/*
 * The toolkit is no longer maintained, so it is used for little and imported here only. Its badge and dropdown write
 * style attributes, which the webview's content security policy forbids: those are plain elements with theme tokens in
 * controls.ts. Its corners are 2 px round; panels/attention/attention.css makes them VS Code's 4 px.
 */
endStyleProbe();
provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodeProgressRing());

type Appearance = 'primary' | 'secondary' | 'icon';

/** A button. `label` is its text; an icon button shows `sign` and has the label as its name and title. */
export function button(
  label: string,
  appearance: Appearance,
  pressed: () => void,
  sign?: string,
): HTMLElement & { disabled: boolean } {
  const element = document.createElement('vscode-button') as HTMLElement & { disabled: boolean };
  const attributes: Record<string, string> = { appearance, ...(sign && { 'aria-label': label }) };
  return fill(element, { attributes, on: { click: pressed }, ...(sign && { title: label }) }, [
    sign ?? label,
  ]);
}

/** A check box with its label. */
export function checkbox(
  label: string,
  changed: (checked: boolean) => void,
): HTMLElement & { checked: boolean } {
  const element = document.createElement('vscode-checkbox') as HTMLElement & { checked: boolean };
  element.addEventListener('change', () => changed(element.checked));
  return fill(element, {}, [label]);
}

/** A turning ring; the text beside it says what for, so that it is not spoken itself. */
export function progressRing(): HTMLElement {
  return fill(document.createElement('vscode-progress-ring'), { attributes: { 'aria-hidden': 'true' } }, []);
}
