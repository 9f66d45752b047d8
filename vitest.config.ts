// Unit tests stand beside the code they test; end-to-end tests (real programs) stand in test/e2e.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // End-to-end tests wait for most of their time: two files at once, whatever the number of cores.
    maxWorkers: 2,
    minWorkers: 1,
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
          // Real programs on a shared machine: a test that needs a second try in CI is told as such by the reporter.
          retry: process.env.CI ? 1 : 0,
        },
      },
    ],
  },
});
