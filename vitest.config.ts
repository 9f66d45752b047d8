// Unit tests stand beside the code they test; end-to-end tests (real programs) stand in test/e2e and run one file at a time.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'dashboards/src/**/*.test.ts',
            'exporter/src/**/*.test.ts',
            'grafana-plugin/{*,src/**/*,standalone/**/*}.test.{ts,tsx}',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          // Real programs on a shared machine: a test that needs a second try in CI is told as such by the reporter.
          retry: process.env.CI ? 1 : 0,
        },
      },
    ],
  },
});
