import type { ListedModel } from '../views/modelList';
import type { ModelsView } from '../views/modelsView';
import type { Hub } from './hub';
import { ModelActions } from './hubModels';

/** The commands of the Hub and of the models view, by their names. */
export function modelCommands(hub: Hub, models: ModelsView): Record<string, (model: ListedModel) => unknown> {
  const actions = new ModelActions(hub);
  return {
    signIn: () => hub.tokens.signIn(),
    signOut: () => hub.tokens.signOut(),
    refreshModels: () => models.refresh(),
    useModel: (model) => actions.use(model),
    verifyModel: (model) => actions.verify(model),
    redownloadModel: (model) => actions.redownload(model),
    revealModel: (model) => actions.reveal(model),
    copyModelId: (model) => actions.copyId(model),
    removeModel: (model) => actions.remove(model),
  };
}
