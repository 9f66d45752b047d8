// A uPlot chart in a React element: made anew when its shape changes, fed when only its data do, sized with its element.

import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import uPlot from 'uplot';

export interface PlotSpec {
  /** Everything but size and data; a new `shape` makes a new chart. */
  options: (colorOf: (variable: string) => string) => Omit<uPlot.Options, 'width' | 'height'>;
  data: uPlot.AlignedData;
  shape: string;
  height: number;
  /** X range in seconds. */
  range: [number, number] | null;
}

/** Powers of two, so that an axis of bytes is labelled 64 MiB, 128 MiB and not 67.1 MB. */
export const BINARY_STEPS = Array.from({ length: 51 }, (_, power) => 2 ** power);

export function usePlot(element: RefObject<HTMLDivElement | null>, spec: PlotSpec): uPlot | null {
  const [made, setMade] = useState<{ plot: uPlot; shape: string } | null>(null);
  const [width, setWidth] = useState(0);
  const latest = useRef(spec);
  latest.current = spec;

  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.floor(target.clientWidth)));
    observer.observe(target);
    setWidth(Math.floor(target.clientWidth));
    return () => observer.disconnect();
  }, [element]);

  const hasWidth = width > 0;
  useEffect(() => {
    const target = element.current;
    if (!target || !hasWidth) return undefined;
    const style = getComputedStyle(target);
    const colorOf = (variable: string): string => style.getPropertyValue(variable).trim() || 'grey';
    const { options, data, height, shape } = latest.current;
    const plot = new uPlot({ ...options(colorOf), width: target.clientWidth, height }, data, target);
    setMade({ plot, shape });
    return () => {
      setMade(null);
      plot.destroy();
    };
  }, [element, hasWidth, spec.shape]);
  // In the rendering that changes the shape, the chart known here is the one before: destroyed, and with other series
  // than the data are of.
  const plot = made?.shape === spec.shape ? made.plot : null;

  useEffect(() => {
    if (plot && hasWidth) plot.setSize({ width, height: spec.height });
  }, [plot, width, hasWidth, spec.height]);

  const [from, to] = spec.range ?? [null, null];
  useEffect(() => {
    if (!plot) return;
    plot.batch(() => {
      plot.setData(spec.data, from === null);
      if (from !== null && to !== null) plot.setScale('x', { min: from, max: to });
    });
  }, [plot, spec.data, from, to]);
  return plot;
}
