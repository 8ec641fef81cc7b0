import Mocha from 'mocha';

/** Marks the suite's own lines among everything else that a workbench logs. */
export const REPORT_PREFIX = '[suite] ';

/** Prints one line a test, and failures in full, each line marked: the launchers show these and drop the rest. */
export class MarkedReporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } = Mocha.Runner.constants;
    runner.on(EVENT_TEST_PASS, (test) => say(`✔ ${test.fullTitle()} (${test.duration ?? 0}ms)`));
    runner.on(EVENT_TEST_PENDING, (test) => say(`- ${test.fullTitle()} (skipped)`));
    runner.on(EVENT_TEST_FAIL, (test, error: Error) =>
      say(`✖ ${test.fullTitle()}\n${error.stack ?? error.message}`),
    );
    runner.once(EVENT_RUN_END, () => say(`pass ${this.stats.passes}\nfail ${this.stats.failures}`));
  }
}

function say(text: string): void {
  for (const line of text.split('\n')) console.log(REPORT_PREFIX + line);
}
