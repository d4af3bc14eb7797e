import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { runChecks } from './check.ts';

const RESULTS = 'dist/test-results.json';

interface TestResults {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
  success: boolean;
}

/** What continuous integration runs after `npm ci`: the test command of the README, the checks, one closing line. */
const tests = spawnSync('npm', ['test', '--', '--reporter=dot', '--reporter=json', `--outputFile.json=${RESULTS}`], {
  stdio: 'inherit',
});
const checks = await runChecks(console.log);
const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(
  readFileSync(RESULTS, 'utf8'),
) as TestResults;
const failedChecks = checks.filter(({ ok }) => !ok).length;
const suitesThatDidNotRun = numFailedTests === 0 ? numFailedTestSuites : 0;
const failed = numFailedTests + suitesThatDidNotRun + failedChecks + (tests.status === 0 || numFailedTests > 0 ? 0 : 1);
console.log(`${numPassedTests + checks.length - failedChecks} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
