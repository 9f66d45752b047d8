// The leak diagnosis as a person meets it, for tests: the same in Grafana and on the exporter's page.

import type { Locator, Page } from 'playwright-core';

export type DiagnosisTab = 'Allocators' | 'Flame graph' | 'Call graph' | 'Goroutines' | 'Incident';

export class DiagnosisPage {
  readonly verdict: Locator;
  readonly trend: Locator;
  readonly accounting: Locator;
  readonly allocators: Locator;
  readonly captureBar: Locator;
  readonly flameGraph: Locator;
  readonly callGraph: Locator;
  readonly goroutines: Locator;
  readonly incident: Locator;
  readonly functionDetail: Locator;
  readonly targets: Locator;
  readonly captureButton: Locator;
  readonly captureProgress: Locator;
  readonly baseline: Locator;

  constructor(readonly page: Page) {
    this.verdict = page.getByTestId('verdict');
    this.trend = page.getByTestId('trend');
    this.accounting = page.getByTestId('accounting');
    this.allocators = page.getByTestId('allocators');
    this.captureBar = page.getByTestId('capture-bar');
    this.flameGraph = page.getByTestId('flamegraph');
    this.callGraph = page.getByTestId('callgraph');
    this.goroutines = page.getByTestId('goroutines');
    this.incident = page.getByTestId('incident');
    this.functionDetail = page.getByTestId('function-detail');
    this.targets = page.getByTestId('targets');
    this.captureProgress = page.getByTestId('capture-progress');
    this.baseline = page.getByTestId('baseline');
    this.captureButton = page.getByRole('button', { name: 'Capture now' });
  }

  /** Takes a capture by the button and waits until it is done. */
  async capture(timeoutMs: number): Promise<void> {
    await this.captureButton.click({ timeout: timeoutMs });
    await this.captureButton.waitFor({ timeout: timeoutMs });
  }

  async openTab(name: DiagnosisTab): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
  }

  /** Waits until the first row of the table names this function; answers its cells. */
  async topRow(functionName: RegExp, timeoutMs: number): Promise<string[]> {
    const row = this.allocators.locator('tbody tr').first();
    await row.filter({ hasText: functionName }).waitFor({ timeout: timeoutMs });
    return row.locator('td').allInnerTexts();
  }

  /** The capture looked at, or its base, as the list words it: "14:02 · alert". */
  chosen(which: 'Capture' | 'against'): Locator {
    // By role: the label holds the words of the options, too.
    return this.captureBar.getByRole('combobox', { name: which, exact: true }).locator('option:checked');
  }

  /** What a designed state says: a message with this title. */
  message(title: string | RegExp): Locator {
    return this.page.locator('[role=alert], [role=status]').filter({ hasText: title }).first();
  }
}
