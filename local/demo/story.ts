/** What the demo desk is about: a shop for ships' supplies, its customers, and how far each case has come. */
export interface StoryTicket {
  subject: string;
  text: string;
  from: readonly [name: string, email: string];
  inbox: 'support' | 'billing';
  priority: 'low' | 'normal' | 'high' | 'urgent';
  /** Hours of wall time before now. */
  hoursAgo: number;
  /** The agent's public answer, if one was given, and how long after the question. */
  answer?: { text: string; afterHours: number };
  /** Where the case stands now. */
  status?: 'pending' | 'on_hold' | 'solved' | 'closed';
  assigned?: boolean;
  tags?: readonly string[];
  /** Value of the desk's own field. */
  order?: string;
  /** What the agent tells the team only, at the time of the answer. */
  note?: string;
}

const NORTHWIND = ['Leila Marsh', 'leila@northwind-ferries.example'] as const;
const DECK = ['Otto Brekke', 'otto@northwind-ferries.example'] as const;
const ALDER = ['June Alder', 'june@alderfinch.example'] as const;
const KUMO = ['Haru Tanabe', 'haru@kumo.example'] as const;
const LONE = ['Pavel Novy', 'pavel.novy@posteo.example'] as const;

const asked = (
  subject: string,
  text: string,
  from: StoryTicket['from'],
  inbox: StoryTicket['inbox'],
  priority: StoryTicket['priority'],
  hoursAgo: number,
  rest: Partial<StoryTicket> = {},
): StoryTicket => ({ subject, text, from, inbox, priority, hoursAgo, ...rest });

const answered = (text: string, afterHours: number) => ({ answer: { text, afterHours }, assigned: true });

export const STORY: readonly StoryTicket[] = [
  asked(
    'Life jackets arrived without whistles',
    'Twelve jackets came yesterday; none has its whistle.',
    NORTHWIND,
    'support',
    'high',
    30,
    {
      ...answered('The whistles left the warehouse this morning, tracking LH-2210.', 2),
      tags: ['safety', 'missing-part'],
      order: '88104',
      note: 'The packer left them out of the whole batch: watch for more of these.',
    },
  ),
  asked('Where is order 88213?', 'It was due on Tuesday.', DECK, 'support', 'normal', 52, {
    ...answered('It is held at customs; we expect it tomorrow.', 3),
    status: 'pending',
    tags: ['delivery'],
    order: '88213',
  }),
  asked(
    'Navigation lamp flickers',
    'The port lamp of the new set flickers above 14 volts.',
    KUMO,
    'support',
    'high',
    20,
    { assigned: true },
  ),
  asked('Invoice 5521 shows the wrong VAT', 'We are registered in Norway.', NORTHWIND, 'billing', 'normal', 75, {
    ...answered('Corrected, the new invoice is on its way.', 5),
    status: 'solved',
  }),
  asked('Can we pay by card?', 'Our bank transfer takes three days.', ALDER, 'billing', 'low', 100, {
    ...answered('Yes, the invoice page now offers it.', 6),
    status: 'closed',
  }),
  asked('Rope delivered in the wrong colour', 'We ordered red, it is blue.', DECK, 'support', 'normal', 9, {
    tags: ['delivery'],
    order: '88190',
  }),
  asked('Re: rope, still blue', 'See my mail of this morning: order 88190.', DECK, 'support', 'normal', 7),
  asked('Login code never arrives', 'I asked for it five times.', KUMO, 'support', 'urgent', 3),
  asked('Please change our delivery address', 'New harbour office from the 1st.', NORTHWIND, 'support', 'low', 28, {
    ...answered('Changed for all open orders.', 1),
    status: 'solved',
  }),
  asked('Discount for a fleet order', 'We need forty sets.', NORTHWIND, 'billing', 'normal', 26, {
    status: 'on_hold',
    assigned: true,
  }),
  asked('Catalogue as spreadsheet', 'Do you offer one?', LONE, 'support', 'low', 48, {
    ...answered('Attached to your account now.', 4),
    status: 'solved',
  }),
  asked('Anchor chain: which grade?', 'The page does not say.', LONE, 'support', 'normal', 6),
  asked('Second reminder for a paid invoice', 'We paid on the 3rd.', ALDER, 'billing', 'high', 14, { assigned: true }),
  asked('Return of unused flares', 'How do we send them back safely?', DECK, 'support', 'normal', 40, {
    ...answered('A courier with a permit will collect them.', 8),
    status: 'pending',
  }),
  asked('Delivery note is missing a page', 'Page 2 of 3.', ALDER, 'support', 'low', 60, {
    ...answered('Here is the full note.', 2),
    status: 'closed',
  }),
  asked(
    'Webshop shows prices without tax',
    'Is that on purpose?',
    KUMO,
    'support',
    'low',
    33,
    answered('Yes, for companies; the toggle is at the top.', 7),
  ),
  asked('Bilge pump hums and stops', 'After ten minutes each time.', LONE, 'support', 'high', 5),
  asked('Credit note for order 87990', 'Two items were missing.', NORTHWIND, 'billing', 'normal', 90, {
    ...answered('Issued today.', 9),
    status: 'solved',
  }),
  asked('Add a colleague to our account', 'otto@northwind-ferries.example, please.', NORTHWIND, 'support', 'low', 22, {
    ...answered('Done, Otto has mail.', 1),
    status: 'solved',
  }),
  asked('Paint set leaked in transit', 'Everything in the box is white now.', ALDER, 'support', 'high', 18, {
    status: 'pending',
    ...answered('So sorry! Could you send a photo for the carrier?', 2),
  }),
  asked('Sensor firmware 2.4 fails to install', 'Error 17 at 80 percent.', KUMO, 'support', 'urgent', 8, {
    assigned: true,
  }),
  asked('Which lamp fits a 1998 hull?', 'The old type is gone.', LONE, 'support', 'low', 12),
  asked('Quarterly statement', 'Could you send it as CSV?', ALDER, 'billing', 'low', 44, {
    ...answered('You find it under Documents.', 3),
    status: 'solved',
  }),
  asked('Wrong size of survival suits', 'All are XL.', DECK, 'support', 'high', 2),
  asked('Payment link expired', 'The link in your mail says 410.', KUMO, 'billing', 'normal', 4),
  asked('Opening hours over the holidays?', 'We sail on the 26th.', DECK, 'support', 'normal', 70, {
    ...answered('We are open on the 27th again.', 2),
    status: 'closed',
  }),
  asked('Stock of hull brushes', 'When will they be back?', LONE, 'support', 'low', 16, {
    status: 'on_hold',
    assigned: true,
  }),
  asked('Duplicate charge', 'The same amount twice on Monday.', ALDER, 'billing', 'urgent', 10, {
    assigned: true,
    tags: ['refund'],
    note: 'The bank shows one charge only. Support, did they order twice?',
  }),
  asked('Spare keys for the storage box', 'Serial LB-7.', NORTHWIND, 'support', 'normal', 1),
  asked(
    'Certificates for the new rafts',
    'The inspector comes on Friday.',
    DECK,
    'support',
    'high',
    24,
    answered('All four certificates are attached to the order.', 3),
  ),
];
