// Growth by allocator: GET targets/:target/growth.

import {
  answers,
  count,
  flag,
  list,
  number,
  object,
  path,
  query,
  ref,
  text,
  time,
  timeRange,
} from './words.js';
import type { Description } from './words.js';

export const growth: Description = {
  paths: {
    '/targets/{target}/growth': {
      get: {
        operationId: 'getGrowth',
        summary: 'Growth by allocator over the captures of a target.',
        parameters: [
          path('target'),
          query('sample', text, 'Sample type. Default: inuse_space.'),
          ...timeRange,
        ],
        responses: answers(200, 'Growth', {
          400: 'A parameter is not as described.',
          404: 'No such target.',
          409: 'Fewer than two captures.',
        }),
      },
    },
  },
  schemas: {
    FunctionGrowth: object(
      {
        function: text,
        file: text,
        line: count,
        firstBytes: number,
        lastBytes: number,
        growthBytes: number,
        growthBytesPerSecond: number,
        share: number,
      },
      {
        lowerBytesPerSecond: number,
        upperBytesPerSecond: number,
        growthObjects: number,
        averageObjectBytes: number,
        history: list(number),
        own: flag,
      },
    ),
    Blamed: object(
      {
        function: text,
        file: text,
        line: count,
        growthBytes: number,
        growthBytesPerSecond: number,
        share: number,
        stack: list(text),
      },
      { history: list(number) },
    ),
    Growth: object(
      { functions: list(ref('FunctionGrowth')), blamed: list(ref('Blamed')) },
      {
        lines: list(ref('FunctionGrowth')),
        sampleType: text,
        unit: text,
        captures: list(object({ id: text, takenAt: time, totalBytes: number })),
        notes: list(text),
      },
    ),
  },
};
