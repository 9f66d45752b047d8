// Every style of the page in its one stylesheet: what is loaded when a target is opened brings no styles of its own.
import 'uplot/dist/uPlot.min.css';
import 'leakline-theme.css';
import './page.css';
import './page.module.css';
import './overview.module.css';
import '../src/panel/ui/base.module.css';
import '../src/panel/ui/chart.module.css';
import '../src/panel/ui/flame.module.css';
import '../src/panel/ui/incident.module.css';
import '../src/panel/ui/layout.module.css';
import '../src/panel/ui/table.module.css';
import '../src/panel/ui/verdict.module.css';
