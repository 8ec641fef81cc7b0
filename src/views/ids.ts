/** What the manifest calls views, panels and editors whose code is loaded later than they are registered. */
export const ANATOMY_VIEW = 'transformerProbe.anatomy';
export const ANATOMY_EDITOR = 'transformerProbe.anatomyEditor';
export const PROBE_PANEL = 'transformerProbe.probe';
