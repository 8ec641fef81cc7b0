import { changeDetector, h } from '../../ui/dom';
import { editorWeights } from './prose';
import type { Actions, Part } from './view';

/** Nothing to see: keeps the colours in the editor in step with those of the text while the user wants them. */
export function createEditorColors(actions: Actions): Part {
  const changed = changeDetector();
  let sent = 'null';
  return {
    element: h('span', { attributes: { hidden: '' } }),
    update(view) {
      const { snapshot, state, shown, pointer, cursor } = view;
      if (!changed(snapshot.result, snapshot.linked, snapshot.stale, state, shown, pointer, cursor)) return;
      const weights = editorWeights(view)?.map((weight) => Math.round(weight * 100) / 100) ?? null;
      const name = JSON.stringify(weights);
      if (name === sent) return;
      sent = name;
      actions.send('colorEditor', weights && { weights });
    },
  };
}
