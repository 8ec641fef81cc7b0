import * as vscode from 'vscode';
import type { AnyProbe } from '../probes/probe';
import type { ProbeTopic } from '../shared/probe';
import { PROBE_TOPICS, TOPIC_NAMES } from '../shared/probe';
import { allProbes } from './probeTable';

export const PROBES_VIEW = 'transformerProbe.probes';

type Row = ProbeTopic | AnyProbe;

const ICONS: Record<ProbeTopic, string> = {
  Field: 'graph-scatter',
  Prediction: 'symbol-string',
  Attention: 'eye',
  Architecture: 'symbol-structure',
  Training: 'mortar-board',
  Cost: 'dashboard',
};

/** The tree of all probes by topic, in the side bar; a click runs one. */
export class ProbesView implements vscode.TreeDataProvider<Row> {
  static register(): vscode.Disposable {
    return vscode.window.createTreeView(PROBES_VIEW, { treeDataProvider: new ProbesView() });
  }

  getChildren(row?: Row): Row[] {
    if (row === undefined) return PROBE_TOPICS.filter((topic) => probesOf(topic).length > 0);
    return typeof row === 'string' ? probesOf(row) : [];
  }

  getTreeItem(row: Row): vscode.TreeItem {
    return typeof row === 'string' ? topicItem(row) : probeItem(row);
  }
}

function probesOf(topic: ProbeTopic): AnyProbe[] {
  return allProbes().filter((probe) => probe.topic === topic);
}

function topicItem(topic: ProbeTopic): vscode.TreeItem {
  const item = new vscode.TreeItem(TOPIC_NAMES[topic], vscode.TreeItemCollapsibleState.Expanded);
  item.id = topic;
  return item;
}

function probeItem(probe: AnyProbe): vscode.TreeItem {
  const { title } = probe;
  const item = new vscode.TreeItem(title);
  item.id = probe.id;
  item.description = probe.summary;
  item.tooltip = `${title}\n${item.description}`;
  item.iconPath = new vscode.ThemeIcon(ICONS[probe.topic]);
  item.command = { command: 'transformerProbe.runProbe', title, arguments: [probe.id] };
  return item;
}
