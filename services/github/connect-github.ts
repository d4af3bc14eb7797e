import { type Id, newId } from '#schema/ids.ts';
import {
  inboxChannels,
  integrationInstallations,
  integrationPlatformCredentials,
  integrationRepositories,
  integrations,
  principal,
} from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { GithubConfig } from './github-config.ts';
import { type GithubSecrets, sealGithubSecrets } from './github-secrets.ts';
import { RepositoryRules } from './repository-rules.ts';

export interface GithubConnection {
  label: string;
  config: { appId: number; appSlug?: string; apiBaseUrl?: string; webBaseUrl?: string };
  secrets: GithubSecrets;
  account: { id: number; login: string };
  repository: { externalId: number; fullName: string; visibility: 'public' | 'private' | 'internal' };
  rules: Omit<RepositoryRules, 'schemaVersion'>;
  /** Where its issues become tickets. */
  inboxId: Id<'inbox'>;
}

/**
 * A whole connection in one commit: service principal, sealed credentials, installation, one active repository and its
 * channel. For demo data and tests; a second one meets the unique provider and answers conflict `already_connected`.
 */
export const connectGithub = defineSystemVerb({
  name: 'connectGithub',
  actor: 'system',
  load: (_input: GithubConnection) => ({}),
  decide(_loaded, input, { ids, keys, random, now }) {
    const principalId = newId(ids, 'prin');
    const integrationId = newId(ids, 'int');
    const installationId = newId(ids, 'ghinst');
    const repositoryId = newId(ids, 'ghrepo');
    const config = GithubConfig.parse(input.config);
    const { externalId, fullName, visibility } = input.repository;
    const sealed = sealGithubSecrets(keys, integrationId, input.secrets, random);
    const setAt = Object.fromEntries(Object.keys(input.secrets).map((field) => [field, now.toISOString()]));
    return change({
      permit: systemPermit('seed'),
      answer: { integrationId, principalId, repositoryId },
      audit: {
        action: 'integration.connected',
        target: { type: 'integration', id: integrationId, label: input.label },
      },
      writes: [
        statement(
          qb
            .insert(principal)
            .values({ id: principalId, type: 'service', serviceKind: 'integration', displayName: input.label }),
        ),
        statement(
          qb.insert(integrations).values({
            id: integrationId,
            provider: 'github',
            label: input.label,
            status: 'active',
            config,
            principalId,
            createdAt: now,
          }),
        ),
        statement(qb.insert(integrationPlatformCredentials).values({ integrationId, secrets: sealed, setAt })),
        statement(
          qb.insert(integrationInstallations).values({
            id: installationId,
            integrationId,
            externalId: input.account.id,
            accountId: input.account.id,
            accountLogin: input.account.login,
            accountType: 'Organization',
            status: 'active',
          }),
        ),
        statement(
          qb.insert(integrationRepositories).values({
            id: repositoryId,
            integrationId,
            installationId,
            externalId,
            nodeId: `R_${externalId}`,
            fullName,
            htmlUrl: `${config.webBaseUrl}/${fullName}`,
            visibility,
            status: 'active',
            rules: RepositoryRules.parse({ schemaVersion: 1, ...input.rules }),
          }),
        ),
        statement(
          qb.insert(inboxChannels).values({
            id: newId(ids, 'ibch'),
            inboxId: input.inboxId,
            kind: 'github',
            label: fullName.slice(0, 120),
            externalId: repositoryId,
          }),
        ),
      ],
    });
  },
});
