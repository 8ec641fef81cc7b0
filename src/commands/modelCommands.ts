import type { ListedModel } from '../views/modelList';
import type { ModelsView } from '../views/modelsView';
import type { Hub } from './hub';
import type { ModelActions } from './hubModels';

/** The commands of the Hub and of the models view, by their names. */
export function modelCommands(hub: Hub, models: ModelsView): Record<string, (model: ListedModel) => unknown> {
  const act = (run: (actions: ModelActions, model: ListedModel) => unknown) => async (model: ListedModel) => {
    const { ModelActions } = await import('./hubModels');
    await run(new ModelActions(hub), model);
  };
  return {
    signIn: () => hub.tokens.signIn(),
    signOut: () => hub.tokens.signOut(),
    refreshModels: () => models.refresh(),
    useModel: act((actions, model) => actions.use(model)),
    verifyModel: act((actions, model) => actions.verify(model)),
    redownloadModel: act((actions, model) => actions.redownload(model)),
    revealModel: act((actions, model) => actions.reveal(model)),
    copyModelId: act((actions, model) => actions.copyId(model)),
    removeModel: act((actions, model) => actions.remove(model)),
  };
}
