// The leak diagnosis as a person meets it, for tests: the same in Grafana and on the exporter's page.

import type { Locator, Page } from 'playwright-core';

export class DiagnosisPage {
  readonly verdict: Locator;
  readonly trend: Locator;
  readonly accounting: Locator;
  readonly allocators: Locator;
  readonly captureBar: Locator;

  constructor(readonly page: Page) {
    this.verdict = page.getByTestId('verdict');
    this.trend = page.getByTestId('trend');
    this.accounting = page.getByTestId('accounting');
    this.allocators = page.getByTestId('allocators');
    this.captureBar = page.getByTestId('capture-bar');
  }

  /** Takes a capture by the button and waits until it is done. */
  async capture(timeoutMs: number): Promise<void> {
    const button = this.page.getByRole('button', { name: 'Capture now' });
    await button.click({ timeout: timeoutMs });
    await button.waitFor({ timeout: timeoutMs });
  }

  /** Waits until the first row of the table names this function; answers its cells. */
  async topRow(functionName: RegExp, timeoutMs: number): Promise<string[]> {
    const row = this.allocators.locator('tbody tr').first();
    await row.filter({ hasText: functionName }).waitFor({ timeout: timeoutMs });
    return row.locator('td').allInnerTexts();
  }
}
