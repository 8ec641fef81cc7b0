import { format } from 'node:util';
import { REPORT_PREFIX } from './suite/report';

/** Shows what the suite says, out of everything that the workbench logs. */
export function printReport(args: unknown[]): void {
  for (const line of format(...args).split('\n')) {
    const start = line.indexOf(REPORT_PREFIX);
    if (start >= 0) console.log(line.slice(start + REPORT_PREFIX.length));
  }
}
