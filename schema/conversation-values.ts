/** The value sets of conversations. */
export const CONVERSATION_STATUSES = ['open', 'pending', 'closed'] as const;
export const CONVERSATION_PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const;
export const CONVERSATION_CHANNELS = ['live_chat', 'email', 'web_form'] as const;
export const END_REASONS = ['resolved', 'tracked_as_feedback', 'duplicate', 'no_response', 'spam', 'other'] as const;
export const SENDER_TYPES = ['visitor', 'agent', 'system'] as const;
