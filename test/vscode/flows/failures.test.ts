import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import {
  analyzeSentence,
  inferenceProcesses,
  openStage,
  picture,
  SENTENCE_LINE,
  type Stage,
} from './support';

describe('when a run does not end well', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
    await analyzeSentence(stage);
  });
  afterEach((context) => picture((context as TestContext).name, stage));
  after(() => stage.close());

  /** Starts a run that cannot end by itself: its process is held. */
  async function startHeldRun(): Promise<number> {
    const { workbench, panel } = stage;
    const [pid, ...others] = inferenceProcesses(stage);
    assert.ok(pid);
    assert.deepEqual(others, [], 'there is one inference process');
    process.kill(pid, 'SIGSTOP');
    await workbench.focusEditor();
    await workbench.selectLine(SENTENCE_LINE + 1);
    await workbench.runCommand('Transformer Probe: Analyze Selection');
    await panel.frame.locator('.notice.busy').waitFor();
    return pid;
  }

  async function nextRunWorks(line: number, word: string): Promise<void> {
    const { workbench, panel } = stage;
    await workbench.focusEditor();
    await analyzeSentence(stage, line);
    await panel.frame.locator('.chip').getByText(word, { exact: true }).waitFor();
    await panel.error().waitFor({ state: 'detached' });
    assert.equal(inferenceProcesses(stage).length, 1);
  }

  it('shows one error where the process was killed, keeps the result, and runs again', async () => {
    const { workbench, panel } = stage;
    const pid = await startHeldRun();
    process.kill(pid, 'SIGKILL');
    await panel.error().waitFor();
    assert.equal(await panel.error().count(), 1);
    assert.match(await panel.error().innerText(), /inference process stopped unexpectedly/);
    const notifications = await workbench.showNotifications();
    assert.equal(await notifications.getByText(/inference process/).count(), 0);
    await workbench.hideNotifications();
    assert.equal(await panel.frame.locator('.notice.busy').count(), 0);
    await panel.frame.locator('.chip').getByText('tired', { exact: true }).waitFor();
    await nextRunWorks(SENTENCE_LINE + 1, 'wide');
  });

  it('stops the process where the run was cancelled, keeps the result, and runs again', async () => {
    const { panel } = stage;
    const pid = await startHeldRun();
    await panel.button('Cancel').click();
    await panel.frame.locator('.notice.busy').waitFor({ state: 'detached' });
    while (inferenceProcesses(stage).includes(pid)) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await panel.error().count(), 0);
    await panel.frame.locator('.chip').getByText('wide', { exact: true }).waitFor();
    await nextRunWorks(SENTENCE_LINE, 'tired');
  });

  it('asks how to go on with a text that is too long, and says what was left out', async () => {
    const { workbench, panel } = stage;
    const before = await panel.runId();
    await workbench.runCommand('Transformer Probe: Analyze Text…');
    await workbench.fillQuickInput('The street was too wide. '.repeat(400));
    await workbench.quickInputEntry(/^Analyze the first \d+ tokens/).click();
    await panel.notice('were analyzed').waitFor();
    await panel.painted(before);
    assert.match(
      await panel.notice('were analyzed').innerText(),
      /Only tokens 1–\d+ of [\d,]+ were analyzed/,
    );
  });
});
