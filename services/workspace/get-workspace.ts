import { permitWorkspace } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { settingsQuery, theSettings, workspaceView } from './workspace-view.ts';

/** The settings of the workspace. @throws ServiceError forbidden. */
export const getWorkspace = defineRead({
  name: 'getWorkspace',
  permission: 'admin.manage_settings',
  load: (_input: Record<string, never>) => ({ found: settingsQuery() }),
  decide({ found }, _input, { authority }) {
    const permit = permitWorkspace(authority, 'admin.manage_settings', {
      view: 'admin.manage_settings',
      single: false,
    });
    return unchanged(permit, workspaceView(theSettings(found)));
  },
});
