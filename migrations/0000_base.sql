create function public.require_rows(hits bigint, expected bigint, what text) returns void
language plpgsql volatile as $body$
begin
  if hits is distinct from expected then
    raise exception using errcode = '40001', message = pg_catalog.concat('stale ', what);
  end if;
end
$body$;
--> statement-breakpoint
create function public.hash_id(joined text) returns uuid
language sql immutable strict parallel safe as $body$
  select pg_catalog.encode(
    pg_catalog.set_byte(
      pg_catalog.set_byte(digest, 6, (pg_catalog.get_byte(digest, 6) & 15) | 128),
      8, (pg_catalog.get_byte(digest, 8) & 63) | 128),
    'hex')::pg_catalog.uuid
  from (
    select pg_catalog.substring(pg_catalog.sha256(pg_catalog.convert_to(joined, 'UTF8')), 1, 16) as digest
  ) hashed
$body$;
--> statement-breakpoint
create function public.to_typeid(prefix text, id uuid) returns text
language plpgsql immutable strict parallel safe as $body$
declare
  bytes pg_catalog.bytea := pg_catalog.uuid_send(id);
  pairs constant pg_catalog.bytea := '\x303030313032303330343035303630373038303930613062306330643065306630673068306a306b306d306e307030713072307330743076307730783079307a313031313132313331343135313631373138313931613162316331643165316631673168316a316b316d316e317031713172317331743176317731783179317a323032313232323332343235323632373238323932613262326332643265326632673268326a326b326d326e327032713272327332743276327732783279327a333033313332333333343335333633373338333933613362336333643365336633673368336a336b336d336e337033713372337333743376337733783379337a343034313432343334343435343634373438343934613462346334643465346634673468346a346b346d346e347034713472347334743476347734783479347a353035313532353335343535353635373538353935613562356335643565356635673568356a356b356d356e357035713572357335743576357735783579357a363036313632363336343635363636373638363936613662366336643665366636673668366a366b366d366e367036713672367336743676367736783679367a373037313732373337343735373637373738373937613762376337643765376637673768376a376b376d376e377037713772377337743776377737783779377a383038313832383338343835383638373838383938613862386338643865386638673868386a386b386d386e387038713872387338743876387738783879387a393039313932393339343935393639373938393939613962396339643965396639673968396a396b396d396e397039713972397339743976397739783979397a613061316132613361346135613661376138613961616162616361646165616661676168616a616b616d616e617061716172617361746176617761786179617a623062316232623362346235623662376238623962616262626362646265626662676268626a626b626d626e627062716272627362746276627762786279627a633063316332633363346335633663376338633963616362636363646365636663676368636a636b636d636e637063716372637363746376637763786379637a643064316432643364346435643664376438643964616462646364646465646664676468646a646b646d646e647064716472647364746476647764786479647a653065316532653365346535653665376538653965616562656365646565656665676568656a656b656d656e657065716572657365746576657765786579657a663066316632663366346635663666376638663966616662666366646665666666676668666a666b666d666e667066716672667366746676667766786679667a673067316732673367346735673667376738673967616762676367646765676667676768676a676b676d676e677067716772677367746776677767786779677a683068316832683368346835683668376838683968616862686368646865686668676868686a686b686d686e687068716872687368746876687768786879687a6a306a316a326a336a346a356a366a376a386a396a616a626a636a646a656a666a676a686a6a6a6b6a6d6a6e6a706a716a726a736a746a766a776a786a796a7a6b306b316b326b336b346b356b366b376b386b396b616b626b636b646b656b666b676b686b6a6b6b6b6d6b6e6b706b716b726b736b746b766b776b786b796b7a6d306d316d326d336d346d356d366d376d386d396d616d626d636d646d656d666d676d686d6a6d6b6d6d6d6e6d706d716d726d736d746d766d776d786d796d7a6e306e316e326e336e346e356e366e376e386e396e616e626e636e646e656e666e676e686e6a6e6b6e6d6e6e6e706e716e726e736e746e766e776e786e796e7a703070317032703370347035703670377038703970617062706370647065706670677068706a706b706d706e707070717072707370747076707770787079707a713071317132713371347135713671377138713971617162716371647165716671677168716a716b716d716e717071717172717371747176717771787179717a723072317232723372347235723672377238723972617262726372647265726672677268726a726b726d726e727072717272727372747276727772787279727a733073317332733373347335733673377338733973617362736373647365736673677368736a736b736d736e737073717372737373747376737773787379737a743074317432743374347435743674377438743974617462746374647465746674677468746a746b746d746e747074717472747374747476747774787479747a763076317632763376347635763676377638763976617662766376647665766676677668766a766b766d766e767076717672767376747676767776787679767a773077317732773377347735773677377738773977617762776377647765776677677768776a776b776d776e777077717772777377747776777777787779777a783078317832783378347835783678377838783978617862786378647865786678677868786a786b786d786e787078717872787378747876787778787879787a793079317932793379347935793679377938793979617962796379647965796679677968796a796b796d796e797079717972797379747976797779787979797a7a307a317a327a337a347a357a367a377a387a397a617a627a637a647a657a667a677a687a6a7a6b7a6d7a6e7a707a717a727a737a747a767a777a787a797a7a'::pg_catalog.bytea;
begin
  if prefix collate pg_catalog."C" !~ '^([a-z]([a-z_]{0,61}[a-z])?)?$' then
    raise exception using errcode = '22P02', message = pg_catalog.format('%L is no prefix of a TypeID', prefix);
  end if;
  return case when prefix = '' then '' else prefix || '_' end || pg_catalog.convert_from(
    pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 0))) >> 0 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 1) << 8) | (pg_catalog.get_byte(bytes, 2))) >> 6 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 2) << 8) | (pg_catalog.get_byte(bytes, 3))) >> 4 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 3) << 8) | (pg_catalog.get_byte(bytes, 4))) >> 2 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 4) << 8) | (pg_catalog.get_byte(bytes, 5))) >> 0 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 6) << 8) | (pg_catalog.get_byte(bytes, 7))) >> 6 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 7) << 8) | (pg_catalog.get_byte(bytes, 8))) >> 4 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 8) << 8) | (pg_catalog.get_byte(bytes, 9))) >> 2 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 9) << 8) | (pg_catalog.get_byte(bytes, 10))) >> 0 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 11) << 8) | (pg_catalog.get_byte(bytes, 12))) >> 6 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 12) << 8) | (pg_catalog.get_byte(bytes, 13))) >> 4 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 13) << 8) | (pg_catalog.get_byte(bytes, 14))) >> 2 & 1023) * 2 + 1, 2)
    || pg_catalog.substr(pairs, (((pg_catalog.get_byte(bytes, 14) << 8) | (pg_catalog.get_byte(bytes, 15))) >> 0 & 1023) * 2 + 1, 2), 'UTF8');
end
$body$;
--> statement-breakpoint
create function public.from_typeid(typeid text, prefix text) returns uuid
language plpgsql immutable strict parallel safe as $body$
declare
  head pg_catalog.text := case when prefix = '' then '' else prefix || '_' end;
  suffix pg_catalog.text := pg_catalog.substr(typeid, pg_catalog.length(head) + 1);
  bits pg_catalog.varbit := b'';
  hex pg_catalog.text := '';
begin
  if prefix collate pg_catalog."C" !~ '^([a-z]([a-z_]{0,61}[a-z])?)?$'
    or not pg_catalog.starts_with(typeid, head)
    or suffix collate pg_catalog."C" !~ '^[0-7][0-9a-hjkmnp-tv-z]{25}$'
  then
    raise exception using errcode = '22P02', message = pg_catalog.format('%L is no TypeID of prefix %L', typeid, prefix);
  end if;
  for place in 1..26 loop
    bits := bits || (pg_catalog.strpos('0123456789abcdefghjkmnpqrstvwxyz', pg_catalog.substr(suffix, place, 1)) - 1)::bit(5);
  end loop;
  for place in 0..3 loop
    hex := hex || pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.substring(bits, place * 32 + 3, 32)::bit(32)::integer), 8, '0');
  end loop;
  return hex::pg_catalog.uuid;
end
$body$;
--> statement-breakpoint
create function public.fold(input text) returns text
language sql immutable strict parallel safe as $body$
  select pg_catalog.translate(pg_catalog.lower(
    pg_catalog.regexp_replace(
      pg_catalog.normalize(
        pg_catalog.regexp_replace(pg_catalog.normalize(input, 'NFKD'), '[\u0300-\u036f]', '', 'g'),
        'NFC'),
      '([\U00000e01-\U00000eff\U00001780-\U000017ff\U000019e0-\U000019ff\U00002e80-\U00002fdf\U00003005-\U00003007\U00003021-\U00003029\U00003031-\U00003035\U00003038-\U0000303b\U00003041-\U000030ff\U000031f0-\U000031ff\U00003400-\U00004dbf\U00004e00-\U00009fff\U0000f900-\U0000faff\U0001aff0-\U0001b16f\U00020000-\U0003fffd])', ' \1 ', 'g') collate pg_catalog.pg_unicode_fast), 'ς', 'σ')
$body$;
--> statement-breakpoint
create function public.search_doc(input text) returns tsvector
language plpgsql immutable strict parallel safe cost 10000 as $body$
begin
  return pg_catalog.to_tsvector(
    'pg_catalog.simple'::pg_catalog.regconfig,
    public.fold(pg_catalog.left(pg_catalog.normalize(pg_catalog.left(input, 100000), 'NFKC'), 100000)));
end
$body$;
--> statement-breakpoint
create function public.append_only() returns trigger
language plpgsql as $body$
declare
  door pg_catalog.text := pg_catalog.current_setting('mallard.append_only', true);
  before pg_catalog.jsonb;
  after pg_catalog.jsonb;
  field pg_catalog.text;
begin
  if door <> '' and pg_catalog.pg_has_role(
    current_user, (select relowner from pg_catalog.pg_class where oid = tg_relid), 'usage')
  then
    if tg_op = 'DELETE' and (door = 'delete:' || tg_table_name or (door = 'delete:*' and pg_catalog.pg_trigger_depth() > 1)) then
      return old;
    elsif tg_op = 'UPDATE' and door = 'redact:' || tg_table_name then
      return new;
    end if;
  end if;
  if tg_op <> 'UPDATE' then
    raise exception using errcode = '42501', message = pg_catalog.format('%s is append-only: %s is refused', tg_table_name, pg_catalog.lower(tg_op));
  end if;
  before := pg_catalog.to_jsonb(old);
  after := pg_catalog.to_jsonb(new);
  for field in select n.key from pg_catalog.jsonb_each(after) n where n.value <> before -> n.key loop
    continue when pg_catalog.pg_trigger_depth() > 1 and after -> field = 'null';
    continue when 'once:' || field = any (tg_argv) and before -> field = 'null';
    continue when 'null:' || field = any (tg_argv) and after -> field = 'null';
    continue when 'erase:' || field = any (tg_argv) and before ->> 'erased_at' is null and after ->> 'erased_at' is not null;
    raise exception using errcode = '42501', message = pg_catalog.format('%s is append-only: a change of %s is refused', tg_table_name, field);
  end loop;
  return new;
end
$body$;
--> statement-breakpoint
create function public.purge_rows(source text, cut timestamptz, max_rows integer) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  rule record;
  hits bigint;
  purged bigint := 0;
begin
  if max_rows is null or max_rows not between 1 and 10000 then
    raise exception using errcode = '22023', message = 'max_rows lies outside 1 to 10000';
  end if;
  for rule in
    select * from (values
      ('invitation', 'expires_at', 'true', 0, 30),
      ('principal_role_assignments', 'revoked_at', 'true', 0, 90),
      ('audit_events', 'recorded_at', 'exists (select from public.audit_leaves l join public.audit_seals s on s.no = l.seal_no where l.audit_seq = t.seq and s.purged_at is not null)', 0, 90),
      ('dead_letters', 'ended_at', 'true', 0, 7),
      ('dead_letters', 'last_at', 't.state = ''open''', 150, 7),
      ('deliveries', 'ended_at', 'true', 0, 30),
      ('events', 'dispatched_at', 't.position <= (select min(s.position) from public.event_sinks s) and not exists (select from public.deliveries d where d.event_id = t.id and d.ended_at is null)', 0, 30),
      ('in_app_notifications', 'created_at', '(t.read_at is not null or t.archived_at is not null)', 0, 30),
      ('in_app_notifications', 'created_at', 't.read_at is null and t.archived_at is null', 275, 30),
      ('notification_batches', 'updated_at', 't.state <> ''waiting''', 0, 7),
      ('service_hours', 'hour', 'true', 0, 90),
      ('webhook_deliveries', 'started_at', 'true', 0, 7),
      ('webhook_recoveries', 'updated_at', 't.state <> ''running''', 0, 30),
      ('bulk_jobs', 'finished_at', 'true', 0, 7),
      ('object_deletions', 'done_at', 'true', 0, 7),
      ('sla_jobs', 'updated_at', 't.state in (''done'', ''failed'', ''cancelled'')', 0, 30),
      ('sla_timers', 'fired_at', 'exists (select from public.ticket_sla_clocks c where c.id = t.clock_id and c.settled_at < $1)', 0, 7),
      ('email_messages', 'created_at', 't.ticket_id is null', 0, 90),
      ('inbound_deliveries', 'created_at', 'true', 0, 7),
      ('idempotency_keys', 'expires_at', 'true', 0, 0)
    ) as listed (name, instant, condition, later_days, min_days)
    where name = source order by later_days
  loop
    if cut is null or cut > now() - make_interval(days => rule.min_days) then
      raise exception using errcode = '22023', message = format('%s are kept for %s days at least', rule.name, rule.min_days);
    end if;
    perform set_config('mallard.append_only', 'delete:' || rule.name, true);
    execute format(
      'with ended as (select t.ctid from public.%1$I t where t.%2$I < $1 and (%3$s) order by t.%2$I limit $2 for update skip locked)
       delete from public.%1$I t using ended where t.ctid = ended.ctid',
      rule.name, rule.instant, rule.condition)
      using cut - make_interval(days => rule.later_days), max_rows - purged;
    get diagnostics hits = row_count;
    perform set_config('mallard.append_only', '', true);
    purged := purged + hits;
    exit when purged >= max_rows;
  end loop;
  if not found then
    raise exception using errcode = '22023', message = format('%L has no retention', source);
  end if;
  return purged;
end
$body$;
--> statement-breakpoint
create function public.purge_tickets(ids uuid[]) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  purged bigint;
begin
  perform set_config('mallard.append_only', 'delete:*', true);
  delete from public.tickets t where t.id = any (ids) and t.deleted_at is not null;
  get diagnostics purged = row_count;
  perform set_config('mallard.append_only', '', true);
  return purged;
end
$body$;
--> statement-breakpoint
create function public.redact_rows(source text, ids uuid[], fields text[]) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  known integer;
  assignments text;
  differences text;
  redacted bigint;
begin
  select count(*), string_agg(format('%I = %s', field, value), ', '), string_agg(format('t.%I is distinct from %s', field, value), ' or ')
    into known, assignments, differences
    from (values
      ('audit_events', 'actor_label', 'null'),
      ('audit_events', 'target_label', 'null'),
      ('audit_events', 'changes', 'null'),
      ('audit_events', 'ip', 'null'),
      ('audit_events', 'country', 'null'),
      ('audit_events', 'user_agent', 'null'),
      ('audit_events', 'client_name', 'null'),
      ('events', 'payload', '''{"erased": true}''::pg_catalog.jsonb'),
      ('events', 'actor_label', 'null'),
      ('events', 'erased_at', 'coalesce(t.erased_at, pg_catalog.now())'),
      ('sla_events', 'actor_label', 'null'),
      ('ticket_activity', 'actor_label', 'null'),
      ('ticket_activity', 'data', '''{"changes": []}''::pg_catalog.jsonb'),
      ('webhook_deliveries', 'response_body', 'null')
    ) as listed (name, field, value)
    where name = source and field = any (fields);
  if known = 0 or known <> (select count(distinct f) from unnest(fields) f) then
    raise exception using errcode = '22023', message = format('%s of %L may not be redacted', fields, source);
  end if;
  perform set_config('mallard.append_only', 'redact:' || source, true);
  execute format('update public.%I t set %s where t.id = any ($1) and (%s)', source, assignments, differences) using ids;
  get diagnostics redacted = row_count;
  perform set_config('mallard.append_only', '', true);
  return redacted;
end
$body$;
--> statement-breakpoint
create function public.keep_role_means() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $body$
declare
  touched_ids uuid[];
begin
  if tg_table_name = 'permissions' then
    -- A role that is being changed at this moment is waited for, and the next one waits: neither works with half of it.
    lock table public.role_permissions in share mode;
  elsif tg_op <> 'UPDATE' then
    touched_ids := array(select distinct t.role_id from touched t);
  end if;
  -- A statement of its own: the next one then sees what another writer of the same role has committed meanwhile.
  perform from public.roles r where touched_ids is null or r.id = any (touched_ids) order by r.id for no key update;
  update public.roles r set means = n.means
  from (
    select x.id, coalesce(jsonb_object_agg(g.kind, g.keys) filter (where g.kind is not null), '{}') as means
    from public.roles x left join (
      select rp.role_id, k.kind, jsonb_agg(distinct q.key order by q.key) as keys
      from public.role_permissions rp
        join public.permissions p on p.key = rp.permission_key and p.retired_at is null
        cross join lateral unnest(p.key || p.implies) m (key)
        join public.permissions q on q.key = m.key and q.retired_at is null
        cross join lateral unnest(q.scope_kinds) k (kind)
      where touched_ids is null or rp.role_id = any (touched_ids)
      group by rp.role_id, k.kind) g on g.role_id = x.id
    where touched_ids is null or x.id = any (touched_ids)
    group by x.id) n
  where r.id = n.id and r.means is distinct from n.means;
  return null;
end
$body$;
--> statement-breakpoint
create function public.keep_lens_activity() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $body$
begin
  update public.ticket_participants k set last_activity_at = new.last_activity_at, is_active = new.is_active
  where k.ticket_id = new.id and k.principal_id is not null
    and (k.last_activity_at, k.is_active) is distinct from (new.last_activity_at, new.is_active);
  update public.ticket_shares k set last_activity_at = new.last_activity_at, is_active = new.is_active
  where k.ticket_id = new.id and k.revoked_at is null
    and (k.last_activity_at, k.is_active) is distinct from (new.last_activity_at, new.is_active);
  update public.ticket_tag_links k set last_activity_at = new.last_activity_at, is_active = new.is_active
  where k.ticket_id = new.id
    and (k.last_activity_at, k.is_active) is distinct from (new.last_activity_at, new.is_active);
  return null;
end
$body$;
--> statement-breakpoint
create function public.take_lens_activity() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $body$
declare
  at timestamptz;
  active boolean;
begin
  select t.last_activity_at, t.is_active into at, active from public.tickets t where t.id = new.ticket_id for no key update;
  -- Of a ticket that is gone the foreign key tells.
  if found then
    new.last_activity_at := at;
    new.is_active := active;
  end if;
  return new;
end
$body$;
--> statement-breakpoint
create function public.authority_of_key(key uuid, hash bytea, ip inet, at timestamptz)
returns table (cred_id uuid, key_id uuid, principal_id uuid, holder_id uuid, label text, my_teams uuid[], my_inboxes uuid[], my_view_inboxes uuid[], me uuid[], limit_teams uuid[], limit_inboxes uuid[], all_ws boolean, all_teams uuid[], all_inboxes uuid[], near_teams uuid[], near_inboxes uuid[], view_inboxes uuid[], pool boolean, shared_ws boolean, share_teams uuid[], mine_ws boolean, mine_teams uuid[], mine_inboxes uuid[], trash_ws boolean, trash_teams uuid[], trash_inboxes uuid[], grants jsonb, digest text, refusal text, scope_keys text[], last_used_at timestamptz, withheld jsonb)
language plpgsql stable parallel safe rows 1 cost 10000
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_sort = on as $body$
#variable_conflict use_column
declare
  cred record;
  seat record;
  g record;
  cut jsonb;
  closed text[];
  keys jsonb;
  lost jsonb;
  dead uuid[];
  owning uuid[];
  others uuid[];
begin
for cred in 
  select k.id as cred_id, k.id as key_id, k.principal_id, k.creator_principal_id as holder_id, self.display_name as label,
    k.scope_keys, k.team_ids, k.inbox_ids,
    case when k.revoked_at is not null then 'key_revoked'
         when k.expires_at <= authority_of_key.at then 'key_expired'
         when cardinality(k.allowed_ips) > 0
           and not coalesce(exists (select from unnest(k.allowed_ips) a where authority_of_key.ip <<= a), false) then 'ip_denied'
         when holder.member_state is distinct from 'active' then 'creator_inactive' end as refusal, k.last_used_at
  from public.api_keys k
    join public.principal self on self.id = k.principal_id
    join public.principal holder on holder.id = k.creator_principal_id
  where k.id = authority_of_key.key and (k.secret_hash = authority_of_key.hash or (k.previous_hash = authority_of_key.hash and k.previous_valid_until > authority_of_key.at))
loop
cred_id := cred.cred_id; refusal := cred.refusal; scope_keys := cred.scope_keys; last_used_at := cred.last_used_at;
if refusal is null then

key_id := cred.key_id; principal_id := cred.principal_id; holder_id := cred.holder_id; label := cred.label;
my_teams := array(select m.team_id from public.team_memberships m where m.principal_id = cred.holder_id order by m.team_id);
dead := array(select t.id from public.teams t where t.id = any (my_teams) and t.archived_at is not null);
if dead <> '{}' then
  my_teams := array(select x from unnest(my_teams) x where x <> all (dead) order by x);
end if;
if key_id is null then
  me := holder_id || array(select k.principal_id from public.api_keys k where k.creator_principal_id = cred.holder_id order by k.principal_id);
else
  me := array[principal_id, holder_id];
end if;
if cred.team_ids is not null then
  limit_teams := array(select t.id from public.teams t where t.id = any (cred.team_ids) and t.archived_at is null order by t.id);
end if;
if cred.inbox_ids is not null then
  limit_inboxes := array(select i.id from public.inboxes i where i.id = any (cred.inbox_ids) and i.archived_at is null order by i.id);
end if;
cut := to_jsonb(cred.scope_keys); closed := null; grants := '[]'; withheld := null;
all_ws := false; pool := false; shared_ws := false; mine_ws := false; trash_ws := false;
all_teams := '{}'; all_inboxes := '{}'; near_teams := '{}'; near_inboxes := '{}'; share_teams := '{}'; mine_teams := '{}'; mine_inboxes := '{}'; trash_teams := '{}'; trash_inboxes := '{}'; view_inboxes := '{}'; my_inboxes := '{}'; my_view_inboxes := '{}'; owning := '{}'; others := '{}';

for seat in
  select m.inbox_id, m.role from public.inbox_memberships m
  where m.principal_id = cred.holder_id and not exists (select from public.inboxes i where i.id = m.inbox_id and i.archived_at is not null)
  order by m.inbox_id
loop
  if seat.role = 'viewer' then my_view_inboxes := my_view_inboxes || seat.inbox_id; else my_inboxes := my_inboxes || seat.inbox_id; end if;
  if seat.role = 'owner' then owning := owning || seat.inbox_id; else others := others || seat.inbox_id; end if;
end loop;
if owning <> '{}' then
  keys := to_jsonb(array(select p.key from public.permissions p
    where p.key = any ('{inbox.channel_manage,inbox.manage,inbox.view}') and p.retired_at is null and 'inbox' = any (p.scope_kinds) order by p.key));
  if cut is not null and not cut @> keys then
    closed := coalesce(closed, array(
      select unnest(p.key || p.implies) from public.permissions p where p.key = any (cred.scope_keys) and p.retired_at is null));
    lost := keys - closed;
    if lost <> '[]' then
      keys := keys - array(select jsonb_array_elements_text(lost));
      withheld := coalesce(withheld, '[]') || jsonb_build_array(jsonb_build_array('inbox', lost, owning));
    end if;
  end if;
  if keys <> '[]' then
    grants := grants || jsonb_build_array(jsonb_build_array('inbox', keys, owning,
      array_fill(null::timestamptz, array[cardinality(owning)]), array_fill(null::uuid, array[cardinality(owning)])));
  end if;
end if;
if others <> '{}' then
  keys := to_jsonb(array(select p.key from public.permissions p
    where p.key = any ('{inbox.view}') and p.retired_at is null and 'inbox' = any (p.scope_kinds) order by p.key));
  if cut is not null and not cut @> keys then
    closed := coalesce(closed, array(
      select unnest(p.key || p.implies) from public.permissions p where p.key = any (cred.scope_keys) and p.retired_at is null));
    lost := keys - closed;
    if lost <> '[]' then
      keys := keys - array(select jsonb_array_elements_text(lost));
      withheld := coalesce(withheld, '[]') || jsonb_build_array(jsonb_build_array('inbox', lost, others));
    end if;
  end if;
  if keys <> '[]' then
    grants := grants || jsonb_build_array(jsonb_build_array('inbox', keys, others,
      array_fill(null::timestamptz, array[cardinality(others)]), array_fill(null::uuid, array[cardinality(others)])));
  end if;
end if;

for g in
  select h.role_id, h.scope_kind, h.scope_ids, h.untils, h.via, r.means -> h.scope_kind as keys
  from (
    select s.role_id, s.scope_kind, array_agg(s.scope_id) as scope_ids, array_agg(s.until) as untils, array_agg(s.id) as via
    from (
      select a.role_id, a.scope_kind, coalesce(a.team_id, a.inbox_id) as scope_id, a.expires_at as until, a.id
      from public.principal_role_assignments a
      where a.principal_id = cred.holder_id and a.revoked_at is null and (a.expires_at is null or a.expires_at > authority_of_key.at)
      order by a.role_id, a.scope_kind, coalesce(a.team_id, a.inbox_id, '00000000-0000-0000-0000-000000000000'::uuid)) s
    group by s.role_id, s.scope_kind) h
    join public.roles r on r.id = h.role_id and r.deleted_at is null
  order by h.role_id, h.scope_kind
loop
  continue when g.keys is null;
  if g.scope_kind <> 'workspace' then
    if g.scope_kind = 'team' then
      dead := array(select t.id from public.teams t where t.id = any (g.scope_ids) and t.archived_at is not null);
    else
      dead := array(select i.id from public.inboxes i where i.id = any (g.scope_ids) and i.archived_at is not null);
    end if;
    if dead <> '{}' then
      select array_agg(x.scope_id order by x.n) as scope_ids, array_agg(x.until order by x.n) as untils, array_agg(x.via order by x.n) as via
        into g.scope_ids, g.untils, g.via
        from unnest(g.scope_ids, g.untils, g.via) with ordinality x (scope_id, until, via, n) where x.scope_id <> all (dead);
      continue when g.scope_ids is null;
    end if;
  end if;
  keys := g.keys;
  if cut is not null and not cut @> keys then
    closed := coalesce(closed, array(
      select unnest(p.key || p.implies) from public.permissions p where p.key = any (cred.scope_keys) and p.retired_at is null));
    lost := keys - closed;
    if lost <> '[]' then
      keys := keys - array(select jsonb_array_elements_text(lost));
      withheld := coalesce(withheld, '[]') || jsonb_build_array(jsonb_build_array(g.scope_kind, lost, g.scope_ids));
    end if;
  end if;
  continue when keys = '[]';
  grants := grants || jsonb_build_array(jsonb_build_array(g.scope_kind, keys, g.scope_ids, g.untils, g.via));
  if keys ? 'ticket.view_all' then
    if g.scope_kind = 'workspace' then
      all_ws := true;
    elsif g.scope_kind = 'team' then
      if all_teams = '{}' then all_teams := g.scope_ids; else all_teams := array(select distinct x from unnest(all_teams || g.scope_ids) x order by x); end if;
    else
      if all_inboxes = '{}' then all_inboxes := g.scope_ids; else all_inboxes := array(select distinct x from unnest(all_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.view_team' then
    if g.scope_kind = 'workspace' then
      pool := true;
    elsif g.scope_kind = 'team' then
      if near_teams = '{}' then near_teams := g.scope_ids; else near_teams := array(select distinct x from unnest(near_teams || g.scope_ids) x order by x); end if;
    else
      if near_inboxes = '{}' then near_inboxes := g.scope_ids; else near_inboxes := array(select distinct x from unnest(near_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.view_shared' then
    if g.scope_kind = 'workspace' then
      shared_ws := true;
    elsif g.scope_kind = 'team' then
      if share_teams = '{}' then share_teams := g.scope_ids; else share_teams := array(select distinct x from unnest(share_teams || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.view_assigned' then
    if g.scope_kind = 'workspace' then
      mine_ws := true;
    elsif g.scope_kind = 'team' then
      if mine_teams = '{}' then mine_teams := g.scope_ids; else mine_teams := array(select distinct x from unnest(mine_teams || g.scope_ids) x order by x); end if;
    else
      if mine_inboxes = '{}' then mine_inboxes := g.scope_ids; else mine_inboxes := array(select distinct x from unnest(mine_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.restore' then
    if g.scope_kind = 'workspace' then
      trash_ws := true;
    elsif g.scope_kind = 'team' then
      if trash_teams = '{}' then trash_teams := g.scope_ids; else trash_teams := array(select distinct x from unnest(trash_teams || g.scope_ids) x order by x); end if;
    else
      if trash_inboxes = '{}' then trash_inboxes := g.scope_ids; else trash_inboxes := array(select distinct x from unnest(trash_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
end loop;
if pool then
  view_inboxes := my_view_inboxes; near_teams := my_teams || near_teams; near_inboxes := my_inboxes || near_inboxes;
end if;
if shared_ws then
  share_teams := my_teams || share_teams;
end if;
digest := md5(row(cred_id, key_id, principal_id, holder_id, label, my_teams, my_inboxes, my_view_inboxes, me, limit_teams, limit_inboxes)::text || grants::text);
end if;
return next;
end loop;
end
$body$;
--> statement-breakpoint
create function public.authority_of_person(issuer text, subject text, is_assertion boolean, issued_at timestamptz, claims jsonb, at timestamptz)
returns table (cred_id uuid, key_id uuid, principal_id uuid, holder_id uuid, label text, my_teams uuid[], my_inboxes uuid[], my_view_inboxes uuid[], me uuid[], limit_teams uuid[], limit_inboxes uuid[], all_ws boolean, all_teams uuid[], all_inboxes uuid[], near_teams uuid[], near_inboxes uuid[], view_inboxes uuid[], pool boolean, shared_ws boolean, share_teams uuid[], mine_ws boolean, mine_teams uuid[], mine_inboxes uuid[], trash_ws boolean, trash_teams uuid[], trash_inboxes uuid[], grants jsonb, digest text, refusal text, scope_keys text[], last_used_at timestamptz, withheld jsonb)
language plpgsql stable parallel safe rows 1 cost 10000
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_sort = on as $body$
#variable_conflict use_column
declare
  cred record;
  seat record;
  g record;
  cut jsonb;
  closed text[];
  keys jsonb;
  lost jsonb;
  dead uuid[];
  owning uuid[];
  others uuid[];
begin
for cred in 
  select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
    case when i.scope_claim is not null then case jsonb_typeof(authority_of_person.claims #> i.scope_claim)
  when 'array' then array(select jsonb_array_elements_text(authority_of_person.claims #> i.scope_claim))
  when 'string' then string_to_array((authority_of_person.claims #> i.scope_claim) #>> '{}', ' ')
  else '{}'::text[] end end as scope_keys,
    null::uuid[] as team_ids, null::uuid[] as inbox_ids,
    case when p.member_state is null then 'not_a_member'
         when p.member_state <> 'active' then 'member_inactive'
         when p.tokens_valid_after > authority_of_person.issued_at then 'token_revoked' end as refusal, null::timestamptz as last_used_at
  from public.auth_issuers i
    join public.account a on a.issuer_id = i.id and a.subject = authority_of_person.subject
    join public.principal p on p.user_id = a.user_id
  where i.issuer = authority_of_person.issuer and i.disabled_at is null and (i.kind = 'cloudflare_access' or not authority_of_person.is_assertion)
loop
cred_id := cred.cred_id; refusal := cred.refusal; scope_keys := cred.scope_keys; last_used_at := cred.last_used_at;
if refusal is null then

key_id := cred.key_id; principal_id := cred.principal_id; holder_id := cred.holder_id; label := cred.label;
my_teams := array(select m.team_id from public.team_memberships m where m.principal_id = cred.holder_id order by m.team_id);
dead := array(select t.id from public.teams t where t.id = any (my_teams) and t.archived_at is not null);
if dead <> '{}' then
  my_teams := array(select x from unnest(my_teams) x where x <> all (dead) order by x);
end if;
if key_id is null then
  me := holder_id || array(select k.principal_id from public.api_keys k where k.creator_principal_id = cred.holder_id order by k.principal_id);
else
  me := array[principal_id, holder_id];
end if;
if cred.team_ids is not null then
  limit_teams := array(select t.id from public.teams t where t.id = any (cred.team_ids) and t.archived_at is null order by t.id);
end if;
if cred.inbox_ids is not null then
  limit_inboxes := array(select i.id from public.inboxes i where i.id = any (cred.inbox_ids) and i.archived_at is null order by i.id);
end if;
cut := to_jsonb(cred.scope_keys); closed := null; grants := '[]'; withheld := null;
all_ws := false; pool := false; shared_ws := false; mine_ws := false; trash_ws := false;
all_teams := '{}'; all_inboxes := '{}'; near_teams := '{}'; near_inboxes := '{}'; share_teams := '{}'; mine_teams := '{}'; mine_inboxes := '{}'; trash_teams := '{}'; trash_inboxes := '{}'; view_inboxes := '{}'; my_inboxes := '{}'; my_view_inboxes := '{}'; owning := '{}'; others := '{}';

for seat in
  select m.inbox_id, m.role from public.inbox_memberships m
  where m.principal_id = cred.holder_id and not exists (select from public.inboxes i where i.id = m.inbox_id and i.archived_at is not null)
  order by m.inbox_id
loop
  if seat.role = 'viewer' then my_view_inboxes := my_view_inboxes || seat.inbox_id; else my_inboxes := my_inboxes || seat.inbox_id; end if;
  if seat.role = 'owner' then owning := owning || seat.inbox_id; else others := others || seat.inbox_id; end if;
end loop;
if owning <> '{}' then
  keys := to_jsonb(array(select p.key from public.permissions p
    where p.key = any ('{inbox.channel_manage,inbox.manage,inbox.view}') and p.retired_at is null and 'inbox' = any (p.scope_kinds) order by p.key));
  if cut is not null and not cut @> keys then
    closed := coalesce(closed, array(
      select unnest(p.key || p.implies) from public.permissions p where p.key = any (cred.scope_keys) and p.retired_at is null));
    lost := keys - closed;
    if lost <> '[]' then
      keys := keys - array(select jsonb_array_elements_text(lost));
      withheld := coalesce(withheld, '[]') || jsonb_build_array(jsonb_build_array('inbox', lost, owning));
    end if;
  end if;
  if keys <> '[]' then
    grants := grants || jsonb_build_array(jsonb_build_array('inbox', keys, owning,
      array_fill(null::timestamptz, array[cardinality(owning)]), array_fill(null::uuid, array[cardinality(owning)])));
  end if;
end if;
if others <> '{}' then
  keys := to_jsonb(array(select p.key from public.permissions p
    where p.key = any ('{inbox.view}') and p.retired_at is null and 'inbox' = any (p.scope_kinds) order by p.key));
  if cut is not null and not cut @> keys then
    closed := coalesce(closed, array(
      select unnest(p.key || p.implies) from public.permissions p where p.key = any (cred.scope_keys) and p.retired_at is null));
    lost := keys - closed;
    if lost <> '[]' then
      keys := keys - array(select jsonb_array_elements_text(lost));
      withheld := coalesce(withheld, '[]') || jsonb_build_array(jsonb_build_array('inbox', lost, others));
    end if;
  end if;
  if keys <> '[]' then
    grants := grants || jsonb_build_array(jsonb_build_array('inbox', keys, others,
      array_fill(null::timestamptz, array[cardinality(others)]), array_fill(null::uuid, array[cardinality(others)])));
  end if;
end if;

for g in
  select h.role_id, h.scope_kind, h.scope_ids, h.untils, h.via, r.means -> h.scope_kind as keys
  from (
    select s.role_id, s.scope_kind, array_agg(s.scope_id) as scope_ids, array_agg(s.until) as untils, array_agg(s.id) as via
    from (
      select a.role_id, a.scope_kind, coalesce(a.team_id, a.inbox_id) as scope_id, a.expires_at as until, a.id
      from public.principal_role_assignments a
      where a.principal_id = cred.holder_id and a.revoked_at is null and (a.expires_at is null or a.expires_at > authority_of_person.at)
      order by a.role_id, a.scope_kind, coalesce(a.team_id, a.inbox_id, '00000000-0000-0000-0000-000000000000'::uuid)) s
    group by s.role_id, s.scope_kind) h
    join public.roles r on r.id = h.role_id and r.deleted_at is null
  order by h.role_id, h.scope_kind
loop
  continue when g.keys is null;
  if g.scope_kind <> 'workspace' then
    if g.scope_kind = 'team' then
      dead := array(select t.id from public.teams t where t.id = any (g.scope_ids) and t.archived_at is not null);
    else
      dead := array(select i.id from public.inboxes i where i.id = any (g.scope_ids) and i.archived_at is not null);
    end if;
    if dead <> '{}' then
      select array_agg(x.scope_id order by x.n) as scope_ids, array_agg(x.until order by x.n) as untils, array_agg(x.via order by x.n) as via
        into g.scope_ids, g.untils, g.via
        from unnest(g.scope_ids, g.untils, g.via) with ordinality x (scope_id, until, via, n) where x.scope_id <> all (dead);
      continue when g.scope_ids is null;
    end if;
  end if;
  keys := g.keys;
  if cut is not null and not cut @> keys then
    closed := coalesce(closed, array(
      select unnest(p.key || p.implies) from public.permissions p where p.key = any (cred.scope_keys) and p.retired_at is null));
    lost := keys - closed;
    if lost <> '[]' then
      keys := keys - array(select jsonb_array_elements_text(lost));
      withheld := coalesce(withheld, '[]') || jsonb_build_array(jsonb_build_array(g.scope_kind, lost, g.scope_ids));
    end if;
  end if;
  continue when keys = '[]';
  grants := grants || jsonb_build_array(jsonb_build_array(g.scope_kind, keys, g.scope_ids, g.untils, g.via));
  if keys ? 'ticket.view_all' then
    if g.scope_kind = 'workspace' then
      all_ws := true;
    elsif g.scope_kind = 'team' then
      if all_teams = '{}' then all_teams := g.scope_ids; else all_teams := array(select distinct x from unnest(all_teams || g.scope_ids) x order by x); end if;
    else
      if all_inboxes = '{}' then all_inboxes := g.scope_ids; else all_inboxes := array(select distinct x from unnest(all_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.view_team' then
    if g.scope_kind = 'workspace' then
      pool := true;
    elsif g.scope_kind = 'team' then
      if near_teams = '{}' then near_teams := g.scope_ids; else near_teams := array(select distinct x from unnest(near_teams || g.scope_ids) x order by x); end if;
    else
      if near_inboxes = '{}' then near_inboxes := g.scope_ids; else near_inboxes := array(select distinct x from unnest(near_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.view_shared' then
    if g.scope_kind = 'workspace' then
      shared_ws := true;
    elsif g.scope_kind = 'team' then
      if share_teams = '{}' then share_teams := g.scope_ids; else share_teams := array(select distinct x from unnest(share_teams || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.view_assigned' then
    if g.scope_kind = 'workspace' then
      mine_ws := true;
    elsif g.scope_kind = 'team' then
      if mine_teams = '{}' then mine_teams := g.scope_ids; else mine_teams := array(select distinct x from unnest(mine_teams || g.scope_ids) x order by x); end if;
    else
      if mine_inboxes = '{}' then mine_inboxes := g.scope_ids; else mine_inboxes := array(select distinct x from unnest(mine_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.restore' then
    if g.scope_kind = 'workspace' then
      trash_ws := true;
    elsif g.scope_kind = 'team' then
      if trash_teams = '{}' then trash_teams := g.scope_ids; else trash_teams := array(select distinct x from unnest(trash_teams || g.scope_ids) x order by x); end if;
    else
      if trash_inboxes = '{}' then trash_inboxes := g.scope_ids; else trash_inboxes := array(select distinct x from unnest(trash_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
end loop;
if pool then
  view_inboxes := my_view_inboxes; near_teams := my_teams || near_teams; near_inboxes := my_inboxes || near_inboxes;
end if;
if shared_ws then
  share_teams := my_teams || share_teams;
end if;
digest := md5(row(cred_id, key_id, principal_id, holder_id, label, my_teams, my_inboxes, my_view_inboxes, me, limit_teams, limit_inboxes)::text || grants::text);
end if;
return next;
end loop;
end
$body$;
--> statement-breakpoint
create function public.authority_of_members(members uuid[], at timestamptz)
returns table (cred_id uuid, key_id uuid, principal_id uuid, holder_id uuid, label text, my_teams uuid[], my_inboxes uuid[], my_view_inboxes uuid[], me uuid[], limit_teams uuid[], limit_inboxes uuid[], all_ws boolean, all_teams uuid[], all_inboxes uuid[], near_teams uuid[], near_inboxes uuid[], view_inboxes uuid[], pool boolean, shared_ws boolean, share_teams uuid[], mine_ws boolean, mine_teams uuid[], mine_inboxes uuid[], trash_ws boolean, trash_teams uuid[], trash_inboxes uuid[], grants jsonb, digest text, refusal text, scope_keys text[], last_used_at timestamptz, withheld jsonb)
language plpgsql stable parallel safe rows 10 cost 10000
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_sort = on as $body$
#variable_conflict use_column
declare
  cred record;
  seat record;
  g record;
  cut jsonb;
  closed text[];
  keys jsonb;
  lost jsonb;
  dead uuid[];
  owning uuid[];
  others uuid[];
begin
for cred in 
  select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
    null::text[] as scope_keys, null::uuid[] as team_ids, null::uuid[] as inbox_ids, null::text as refusal, null::timestamptz as last_used_at
  from public.principal p where p.member_state = 'active' and p.id in (select unnest(authority_of_members.members))
loop
cred_id := cred.cred_id; refusal := cred.refusal; scope_keys := cred.scope_keys; last_used_at := cred.last_used_at;
if refusal is null then

key_id := cred.key_id; principal_id := cred.principal_id; holder_id := cred.holder_id; label := cred.label;
my_teams := array(select m.team_id from public.team_memberships m where m.principal_id = cred.holder_id order by m.team_id);
dead := array(select t.id from public.teams t where t.id = any (my_teams) and t.archived_at is not null);
if dead <> '{}' then
  my_teams := array(select x from unnest(my_teams) x where x <> all (dead) order by x);
end if;
if key_id is null then
  me := holder_id || array(select k.principal_id from public.api_keys k where k.creator_principal_id = cred.holder_id order by k.principal_id);
else
  me := array[principal_id, holder_id];
end if;
if cred.team_ids is not null then
  limit_teams := array(select t.id from public.teams t where t.id = any (cred.team_ids) and t.archived_at is null order by t.id);
end if;
if cred.inbox_ids is not null then
  limit_inboxes := array(select i.id from public.inboxes i where i.id = any (cred.inbox_ids) and i.archived_at is null order by i.id);
end if;
cut := to_jsonb(cred.scope_keys); closed := null; grants := '[]'; withheld := null;
all_ws := false; pool := false; shared_ws := false; mine_ws := false; trash_ws := false;
all_teams := '{}'; all_inboxes := '{}'; near_teams := '{}'; near_inboxes := '{}'; share_teams := '{}'; mine_teams := '{}'; mine_inboxes := '{}'; trash_teams := '{}'; trash_inboxes := '{}'; view_inboxes := '{}'; my_inboxes := '{}'; my_view_inboxes := '{}'; owning := '{}'; others := '{}';

for seat in
  select m.inbox_id, m.role from public.inbox_memberships m
  where m.principal_id = cred.holder_id and not exists (select from public.inboxes i where i.id = m.inbox_id and i.archived_at is not null)
  order by m.inbox_id
loop
  if seat.role = 'viewer' then my_view_inboxes := my_view_inboxes || seat.inbox_id; else my_inboxes := my_inboxes || seat.inbox_id; end if;
  if seat.role = 'owner' then owning := owning || seat.inbox_id; else others := others || seat.inbox_id; end if;
end loop;
if owning <> '{}' then
  keys := to_jsonb(array(select p.key from public.permissions p
    where p.key = any ('{inbox.channel_manage,inbox.manage,inbox.view}') and p.retired_at is null and 'inbox' = any (p.scope_kinds) order by p.key));
  if cut is not null and not cut @> keys then
    closed := coalesce(closed, array(
      select unnest(p.key || p.implies) from public.permissions p where p.key = any (cred.scope_keys) and p.retired_at is null));
    lost := keys - closed;
    if lost <> '[]' then
      keys := keys - array(select jsonb_array_elements_text(lost));
      withheld := coalesce(withheld, '[]') || jsonb_build_array(jsonb_build_array('inbox', lost, owning));
    end if;
  end if;
  if keys <> '[]' then
    grants := grants || jsonb_build_array(jsonb_build_array('inbox', keys, owning,
      array_fill(null::timestamptz, array[cardinality(owning)]), array_fill(null::uuid, array[cardinality(owning)])));
  end if;
end if;
if others <> '{}' then
  keys := to_jsonb(array(select p.key from public.permissions p
    where p.key = any ('{inbox.view}') and p.retired_at is null and 'inbox' = any (p.scope_kinds) order by p.key));
  if cut is not null and not cut @> keys then
    closed := coalesce(closed, array(
      select unnest(p.key || p.implies) from public.permissions p where p.key = any (cred.scope_keys) and p.retired_at is null));
    lost := keys - closed;
    if lost <> '[]' then
      keys := keys - array(select jsonb_array_elements_text(lost));
      withheld := coalesce(withheld, '[]') || jsonb_build_array(jsonb_build_array('inbox', lost, others));
    end if;
  end if;
  if keys <> '[]' then
    grants := grants || jsonb_build_array(jsonb_build_array('inbox', keys, others,
      array_fill(null::timestamptz, array[cardinality(others)]), array_fill(null::uuid, array[cardinality(others)])));
  end if;
end if;

for g in
  select h.role_id, h.scope_kind, h.scope_ids, h.untils, h.via, r.means -> h.scope_kind as keys
  from (
    select s.role_id, s.scope_kind, array_agg(s.scope_id) as scope_ids, array_agg(s.until) as untils, array_agg(s.id) as via
    from (
      select a.role_id, a.scope_kind, coalesce(a.team_id, a.inbox_id) as scope_id, a.expires_at as until, a.id
      from public.principal_role_assignments a
      where a.principal_id = cred.holder_id and a.revoked_at is null and (a.expires_at is null or a.expires_at > authority_of_members.at)
      order by a.role_id, a.scope_kind, coalesce(a.team_id, a.inbox_id, '00000000-0000-0000-0000-000000000000'::uuid)) s
    group by s.role_id, s.scope_kind) h
    join public.roles r on r.id = h.role_id and r.deleted_at is null
  order by h.role_id, h.scope_kind
loop
  continue when g.keys is null;
  if g.scope_kind <> 'workspace' then
    if g.scope_kind = 'team' then
      dead := array(select t.id from public.teams t where t.id = any (g.scope_ids) and t.archived_at is not null);
    else
      dead := array(select i.id from public.inboxes i where i.id = any (g.scope_ids) and i.archived_at is not null);
    end if;
    if dead <> '{}' then
      select array_agg(x.scope_id order by x.n) as scope_ids, array_agg(x.until order by x.n) as untils, array_agg(x.via order by x.n) as via
        into g.scope_ids, g.untils, g.via
        from unnest(g.scope_ids, g.untils, g.via) with ordinality x (scope_id, until, via, n) where x.scope_id <> all (dead);
      continue when g.scope_ids is null;
    end if;
  end if;
  keys := g.keys;
  if cut is not null and not cut @> keys then
    closed := coalesce(closed, array(
      select unnest(p.key || p.implies) from public.permissions p where p.key = any (cred.scope_keys) and p.retired_at is null));
    lost := keys - closed;
    if lost <> '[]' then
      keys := keys - array(select jsonb_array_elements_text(lost));
      withheld := coalesce(withheld, '[]') || jsonb_build_array(jsonb_build_array(g.scope_kind, lost, g.scope_ids));
    end if;
  end if;
  continue when keys = '[]';
  grants := grants || jsonb_build_array(jsonb_build_array(g.scope_kind, keys, g.scope_ids, g.untils, g.via));
  if keys ? 'ticket.view_all' then
    if g.scope_kind = 'workspace' then
      all_ws := true;
    elsif g.scope_kind = 'team' then
      if all_teams = '{}' then all_teams := g.scope_ids; else all_teams := array(select distinct x from unnest(all_teams || g.scope_ids) x order by x); end if;
    else
      if all_inboxes = '{}' then all_inboxes := g.scope_ids; else all_inboxes := array(select distinct x from unnest(all_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.view_team' then
    if g.scope_kind = 'workspace' then
      pool := true;
    elsif g.scope_kind = 'team' then
      if near_teams = '{}' then near_teams := g.scope_ids; else near_teams := array(select distinct x from unnest(near_teams || g.scope_ids) x order by x); end if;
    else
      if near_inboxes = '{}' then near_inboxes := g.scope_ids; else near_inboxes := array(select distinct x from unnest(near_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.view_shared' then
    if g.scope_kind = 'workspace' then
      shared_ws := true;
    elsif g.scope_kind = 'team' then
      if share_teams = '{}' then share_teams := g.scope_ids; else share_teams := array(select distinct x from unnest(share_teams || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.view_assigned' then
    if g.scope_kind = 'workspace' then
      mine_ws := true;
    elsif g.scope_kind = 'team' then
      if mine_teams = '{}' then mine_teams := g.scope_ids; else mine_teams := array(select distinct x from unnest(mine_teams || g.scope_ids) x order by x); end if;
    else
      if mine_inboxes = '{}' then mine_inboxes := g.scope_ids; else mine_inboxes := array(select distinct x from unnest(mine_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
  if keys ? 'ticket.restore' then
    if g.scope_kind = 'workspace' then
      trash_ws := true;
    elsif g.scope_kind = 'team' then
      if trash_teams = '{}' then trash_teams := g.scope_ids; else trash_teams := array(select distinct x from unnest(trash_teams || g.scope_ids) x order by x); end if;
    else
      if trash_inboxes = '{}' then trash_inboxes := g.scope_ids; else trash_inboxes := array(select distinct x from unnest(trash_inboxes || g.scope_ids) x order by x); end if;
    end if;
  end if;
end loop;
if pool then
  view_inboxes := my_view_inboxes; near_teams := my_teams || near_teams; near_inboxes := my_inboxes || near_inboxes;
end if;
if shared_ws then
  share_teams := my_teams || share_teams;
end if;
digest := md5(row(cred_id, key_id, principal_id, holder_id, label, my_teams, my_inboxes, my_view_inboxes, me, limit_teams, limit_inboxes)::text || grants::text);
end if;
return next;
end loop;
end
$body$;
--> statement-breakpoint
create function public.sign_in(issuer text, subject text, is_assertion boolean, issued_at timestamptz, claims jsonb, email text)
returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $body$
#variable_conflict use_column
declare
  iss record;
  acc record;
  who record;
  digest bytea;
begin
  select i.* into iss from public.auth_issuers i where i.issuer = sign_in.issuer and i.disabled_at is null and (i.kind = 'cloudflare_access' or not sign_in.is_assertion);
  if iss.id is null then
    return null;
  end if;
  select a.* into acc from public.account a where a.issuer_id = iss.id and a.subject = sign_in.subject;
  select u.email as address, u.email_verified, p.* into who from public."user" u join public.principal p on p.user_id = u.id
    where u.id = coalesce(acc.user_id, (select v.id from public."user" v where v.email = sign_in.email));
  digest := sha256(convert_to(concat(iss.id, ':', iss.rules_version, ':',
    (select string_agg(m.position::text, ',' order by m.position) from (select m.* from public.auth_issuer_rules m where m.issuer_id = iss.id and sign_in.claims #> m.claim @> to_jsonb(m.equals)) m)), 'UTF8'));
  return jsonb_build_object(
    'issuer', jsonb_build_object('id', public.to_typeid('iss', iss.id), 'issuer', iss.issuer, 'kind', iss.kind, 'jwksUrl', iss.jwks_url,
      'audiences', iss.audiences, 'algorithms', iss.algorithms, 'maxTokenAgeSeconds', iss.max_token_age_seconds,
      'provision', iss.provision, 'emailDomains', iss.email_domains, 'sync', iss.sync, 'revision', iss.revision),
    'trustedOrigins', (select to_jsonb(s.trusted_origins) from public.settings s),
    'account', case when acc.id is not null then jsonb_build_object('id', public.to_typeid('acct', acc.id), 'known', acc.claims_digest is not null) end,
    'person', case when who.id is not null then jsonb_build_object('userId', public.to_typeid('user', who.user_id), 'email', who.address,
      'emailVerified', who.email_verified, 'principalId', public.to_typeid('prin', who.id), 'displayName', who.display_name,
      'avatarUrl', who.avatar_url, 'memberState', who.member_state, 'memberSince', who.member_since, 'version', who.version,
      'tokensValidAfter', who.tokens_valid_after, 'revision', who.revision, 'eventSeq', who.event_seq) end,
    'contact', case when acc.id is null or who.member_state is distinct from 'active' then (
  select jsonb_build_object('id', public.to_typeid('contact', c.id), 'revision', c.revision, 'eventSeq', c.event_seq)
  from public.contact_emails e join public.contacts c on c.id = e.contact_id
  where e.active and e.email = case when who.email_verified then who.address else sign_in.email end
    and not exists (select from public.contact_user_links l where l.user_id = who.user_id and l.unlinked_at is null)) end,
    'digest', encode(digest, 'hex'),
    'news', case when acc.id is null or (acc.claims_digest is distinct from digest
        and (acc.claims_issued_at is null or acc.claims_issued_at <= sign_in.issued_at)) then jsonb_build_object(
      'rules', (select coalesce(jsonb_agg(x.rule order by x.position), '[]') from (
  select m.position, jsonb_build_object('roleId', public.to_typeid('role', r.id), 'roleKey', r.key, 'roleName', r.name, 'revision', r.revision,
    'permissions', (select coalesce(jsonb_agg(rp.permission_key order by rp.permission_key), '[]') from public.role_permissions rp where rp.role_id = r.id)) as rule
  from (select m.* from public.auth_issuer_rules m where m.issuer_id = iss.id and sign_in.claims #> m.claim @> to_jsonb(m.equals)) m join public.roles r on r.id = m.role_id and r.deleted_at is null
  union all
  select m.position, jsonb_build_object('teamId', public.to_typeid('team', t.id), 'joinAs', m.join_as, 'revision', t.revision)
  from (select m.* from public.auth_issuer_rules m where m.issuer_id = iss.id and sign_in.claims #> m.claim @> to_jsonb(m.equals)) m join public.teams t on t.id = m.join_team_id and t.archived_at is null) x),
      'grants', (select coalesce(jsonb_agg(x.held), '[]') from (
  select jsonb_build_object('id', public.to_typeid('rasn', g.id), 'roleId', public.to_typeid('role', r.id), 'roleKey', r.key, 'roleName', r.name,
    'permissions', (select coalesce(jsonb_agg(rp.permission_key order by rp.permission_key), '[]') from public.role_permissions rp where rp.role_id = r.id), 'expiresAt', g.expires_at, 'createdAt', g.created_at, 'source', g.source,
    'own', g.issuer_id is not distinct from iss.id) as held
  from public.principal_role_assignments g join public.roles r on r.id = g.role_id
  where g.principal_id = who.id and g.revoked_at is null and g.scope_kind = 'workspace') x),
      'memberships', (select coalesce(jsonb_agg(x.held), '[]') from (
  select jsonb_build_object('teamId', public.to_typeid('team', m.team_id), 'role', m.role, 'own', m.issuer_id is not distinct from iss.id) as held
  from public.team_memberships m where m.principal_id = who.id) x),
      'full', exists (select from public.principal p where p.member_state in ('active', 'suspended') offset 4999)) end);
end
$body$;
--> statement-breakpoint
create function public.ticket_page(auth record, ways text[], keys uuid[], halves boolean[], nobody boolean,
  categories text[], statuses uuid[], priorities text[], channels text[], visibilities text[], tags uuid[], merged boolean,
  after_at timestamptz, after_id uuid, since_at timestamptz, since_id uuid, most integer)
returns table (ticket_id uuid, at timestamptz)
language plpgsql stable parallel safe rows 50 cost 10000
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_sort = off as $body$
#variable_conflict use_variable
declare
  way_names text[]; way_keys uuid[]; own_names text[]; own_keys uuid[]; first_way text;
  way text; steps text[]; on_way text[]; on_key uuid[]; on_half boolean[];
  stream integer[]; stream_at timestamptz[]; stream_id uuid[]; further integer[]; further_at timestamptz[]; further_id uuid[];
  place_at timestamptz := after_at; place_id uuid := after_id; edge_at timestamptz; edge_id uuid;
  by_tag boolean := false; has_edge boolean; size integer := most; deep integer; hit integer; tried integer;
  ids uuid[]; ats timestamptz[]; hit_ids uuid[]; hit_ats timestamptz[];
  page_ids uuid[] := '{}'; page_ats timestamptz[] := '{}';
begin
  case ways[1]
  when 'sight' then
    select array_agg(w.way), array_agg(w.key) into way_names, way_keys from (
        select 'all'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select null::uuid) k (key) where auth.all_ws
        union all select 'primary_team_id'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.all_teams || auth.near_teams)) k (key) where not auth.all_ws
        union all select 'assignee_team_id'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.all_teams || auth.near_teams)) k (key) where not auth.all_ws
        union all select 'inbox_id'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.all_inboxes || auth.near_inboxes || auth.view_inboxes)) k (key) where not auth.all_ws
        union all select 'pool'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select null::uuid) k (key) where not auth.all_ws and auth.pool
        union all select 'open'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select null::uuid) k (key) where not auth.all_ws and auth.shared_ws
        union all select 'shared'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.share_teams)) k (key) where not auth.all_ws
        union all select 'created_by_principal_id'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.me)) k (key) where not auth.all_ws and (auth.mine_ws or cardinality(auth.mine_teams) + cardinality(auth.mine_inboxes) > 0)
        union all select 'participating'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.me)) k (key) where not auth.all_ws and (auth.mine_ws or cardinality(auth.mine_teams) + cardinality(auth.mine_inboxes) > 0)
        union all select 'assignee_principal_id'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.me)) k (key) where not auth.all_ws and (auth.mine_ws or cardinality(auth.mine_teams) + cardinality(auth.mine_inboxes) > 0)) w (way, key);
    first_way := 'all';
  when 'unassigned' then
    select array_agg(w.way), array_agg(w.key) into way_names, way_keys from (
        select 'nobody'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select null::uuid) k (key) where auth.all_ws
        union all select 'nobody primary_team_id'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.all_teams || auth.near_teams)) k (key) where not auth.all_ws
        union all select 'nobody assignee_team_id'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.all_teams || auth.near_teams)) k (key) where not auth.all_ws
        union all select 'nobody inbox_id'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.all_inboxes || auth.near_inboxes || auth.view_inboxes)) k (key) where not auth.all_ws
        union all select 'pool'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select null::uuid) k (key) where not auth.all_ws and auth.pool
        union all select 'open'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select null::uuid) k (key) where not auth.all_ws and auth.shared_ws
        union all select 'shared'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.share_teams)) k (key) where not auth.all_ws
        union all select 'created_by_principal_id'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.me)) k (key) where not auth.all_ws and (auth.mine_ws or cardinality(auth.mine_teams) + cardinality(auth.mine_inboxes) > 0)
        union all select 'participating'::text, k.key from (values (null::uuid)) none (no) cross join lateral (select distinct unnest(auth.me)) k (key) where not auth.all_ws and (auth.mine_ws or cardinality(auth.mine_teams) + cardinality(auth.mine_inboxes) > 0)) w (way, key);
    first_way := 'nobody';
  else
    select array_agg(w.way), array_agg(k.key) into way_names, way_keys
    from unnest(ways) w (way) cross join (select distinct unnest(keys)) k (key);
  end case;
  if way_names is null or cardinality(tags) = 0 then return; end if;
  if cardinality(categories) = 1 then
    way_names := array_replace(way_names, 'all', 'category');
  end if;
  if first_way is not null and tags is not null then
    by_tag := true;
    own_names := way_names; own_keys := way_keys;
    way_names := array_fill('tag'::text, array[cardinality(tags)]); way_keys := tags;
  elsif first_way is not null and cardinality(way_names) > 100 then
    own_names := way_names; own_keys := way_keys;
    way_names := array[first_way]; way_keys := array[null::uuid];
  elsif cardinality(way_names) > 8 then
    size := most + most / 4;
  end if;
  loop
    select array_agg(w.way), array_agg(w.key), array_agg(h.half), array_agg(distinct w.way), array_agg(place_at), array_agg(place_id)
    into on_way, on_key, on_half, steps, stream_at, stream_id
    from unnest(way_names, way_keys) w (way, key) cross join unnest(halves) h (half);
    stream := array(select generate_series(1, cardinality(on_way)));
    ids := '{}'; ats := '{}'; has_edge := false; edge_at := since_at; edge_id := since_id;
    deep := least(size, 4 * size / cardinality(stream) + 3);
    loop
      further := '{}'; further_at := '{}'; further_id := '{}';
      foreach way in array steps loop
        case way
        when 'all' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.is_active = on_half[s.n] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'all' and (s.at, s.id) > (edge_at, edge_id);
        when 'category' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.status_category = categories[1] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'category' and (s.at, s.id) > (edge_at, edge_id);
        when 'primary_team_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.primary_team_id = on_key[s.n] and tickets.is_active = on_half[s.n] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'primary_team_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'assignee_team_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.assignee_team_id = on_key[s.n] and tickets.is_active = on_half[s.n] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'assignee_team_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'inbox_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.inbox_id = on_key[s.n] and tickets.is_active = on_half[s.n] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'inbox_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'assignee_principal_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.assignee_principal_id = on_key[s.n] and tickets.is_active = on_half[s.n] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'assignee_principal_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'created_by_principal_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.created_by_principal_id = on_key[s.n] and tickets.is_active = on_half[s.n] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'created_by_principal_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'organization_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.organization_id = on_key[s.n] and tickets.is_active = on_half[s.n] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'organization_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'requester_contact_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.requester_contact_id = on_key[s.n] and tickets.is_active = on_half[s.n] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'requester_contact_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'requester_principal_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.requester_principal_id = on_key[s.n] and tickets.is_active = on_half[s.n] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'requester_principal_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'pool' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.is_active = on_half[s.n] and tickets.primary_team_id is null and tickets.assignee_team_id is null and tickets.inbox_id is null and tickets.visibility <> 'private' and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'pool' and (s.at, s.id) > (edge_at, edge_id);
        when 'open' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.is_active = on_half[s.n] and tickets.visibility = 'shared' and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'open' and (s.at, s.id) > (edge_at, edge_id);
        when 'nobody' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.assignee_principal_id, tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.assignee_principal_id is null and tickets.is_active = on_half[s.n] and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.assignee_principal_id, tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'nobody' and (s.at, s.id) > (edge_at, edge_id);
        when 'nobody primary_team_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.primary_team_id = on_key[s.n] and tickets.assignee_principal_id is null and tickets.is_active and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'nobody primary_team_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'nobody assignee_team_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.assignee_team_id = on_key[s.n] and tickets.assignee_principal_id is null and tickets.is_active and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'nobody assignee_team_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'nobody inbox_id' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select tickets.id as id, tickets.last_activity_at as at,
              row_number() over (order by tickets.last_activity_at desc, tickets.id desc) as n
            from public.tickets where tickets.inbox_id = on_key[s.n] and tickets.assignee_principal_id is null and tickets.is_active and tickets.deleted_at is null
              and (tickets.last_activity_at, tickets.id) < (s.at, s.id)
              and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
            order by tickets.last_activity_at desc, tickets.id desc limit deep) t
          where on_way[s.n] = 'nobody inbox_id' and (s.at, s.id) > (edge_at, edge_id);
        when 'shared' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select ticket_shares.ticket_id as id, ticket_shares.last_activity_at as at,
              row_number() over (order by ticket_shares.last_activity_at desc, ticket_shares.ticket_id desc) as n
            from public.ticket_shares where ticket_shares.team_id = on_key[s.n] and ticket_shares.is_active = on_half[s.n] and ticket_shares.revoked_at is null
              and (ticket_shares.last_activity_at, ticket_shares.ticket_id) < (s.at, s.id)
              and (ticket_shares.last_activity_at, ticket_shares.ticket_id) > (edge_at, edge_id)
            order by ticket_shares.last_activity_at desc, ticket_shares.ticket_id desc limit deep) t
          where on_way[s.n] = 'shared' and (s.at, s.id) > (edge_at, edge_id);
        when 'participating' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select ticket_participants.ticket_id as id, ticket_participants.last_activity_at as at,
              row_number() over (order by ticket_participants.last_activity_at desc, ticket_participants.ticket_id desc) as n
            from public.ticket_participants where ticket_participants.principal_id = on_key[s.n] and ticket_participants.is_active = on_half[s.n]
              and (ticket_participants.last_activity_at, ticket_participants.ticket_id) < (s.at, s.id)
              and (ticket_participants.last_activity_at, ticket_participants.ticket_id) > (edge_at, edge_id)
            order by ticket_participants.last_activity_at desc, ticket_participants.ticket_id desc limit deep) t
          where on_way[s.n] = 'participating' and (s.at, s.id) > (edge_at, edge_id);
        when 'tag' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select ticket_tag_links.ticket_id as id, ticket_tag_links.last_activity_at as at,
              row_number() over (order by ticket_tag_links.last_activity_at desc, ticket_tag_links.ticket_id desc) as n
            from public.ticket_tag_links where ticket_tag_links.tag_id = on_key[s.n] and ticket_tag_links.is_active = on_half[s.n]
              and (ticket_tag_links.last_activity_at, ticket_tag_links.ticket_id) < (s.at, s.id)
              and (ticket_tag_links.last_activity_at, ticket_tag_links.ticket_id) > (edge_at, edge_id)
            order by ticket_tag_links.last_activity_at desc, ticket_tag_links.ticket_id desc limit deep) t
          where on_way[s.n] = 'tag' and (s.at, s.id) > (edge_at, edge_id);
        end case;
        if cardinality(ids) >= 2 * size or (cardinality(ids) >= size and not has_edge) then
          select array_agg(kept.id), array_agg(kept.at) into ids, ats from (
            select distinct on (u.at, u.id) u.id, u.at from unnest(ids, ats) u (id, at) order by u.at desc, u.id desc limit size) kept;
          if cardinality(ids) = size then
            has_edge := true;
            edge_at := ats[size];
            edge_id := ids[size];
          end if;
        end if;
      end loop;
      exit when deep = size or cardinality(further) = 0;
      stream := further; stream_at := further_at; stream_id := further_id;
      steps := array(select distinct on_way[f.n] from unnest(further) f (n));
      deep := size;
    end loop;
          select array_agg(kept.id), array_agg(kept.at) into ids, ats from (
            select distinct on (u.at, u.id) u.id, u.at from unnest(ids, ats) u (id, at) order by u.at desc, u.id desc limit size) kept;
          if cardinality(ids) = size then
            has_edge := true;
            edge_at := ats[size];
            edge_id := ids[size];
          end if;
    tried := coalesce(cardinality(ids), 0);
    exit when tried = 0;
      select array_agg(hits.id), array_agg(hits.at), count(*) into hit_ids, hit_ats, hit from (
        select c.id, c.at from unnest(ids, ats) c (id, at) cross join lateral (
          select from public.tickets where tickets.id = c.id and tickets.deleted_at is null
            and (not nobody or tickets.assignee_principal_id is null)
            and (categories is null or tickets.status_category = any (categories))
            and (statuses is null or tickets.status_id = any (statuses))
            and (priorities is null or tickets.priority = any (priorities))
            and (channels is null or tickets.channel = any (channels))
            and (visibilities is null or tickets.visibility = any (visibilities))
            and (merged is null or (tickets.merged_into_id is not null) = merged)
            and ((auth.limit_teams is null or tickets.primary_team_id = any (auth.limit_teams::uuid[]) or tickets.assignee_team_id = any (auth.limit_teams::uuid[]))
  and (auth.limit_inboxes is null or tickets.inbox_id = any (auth.limit_inboxes::uuid[]))
  and (auth.all_ws or tickets.primary_team_id = any (auth.all_teams::uuid[]) or tickets.assignee_team_id = any (auth.all_teams::uuid[]) or tickets.inbox_id = any (auth.all_inboxes::uuid[])
    or (tickets.visibility <> 'private' and (tickets.primary_team_id = any (auth.near_teams::uuid[]) or tickets.assignee_team_id = any (auth.near_teams::uuid[])
      or tickets.inbox_id = any (auth.near_inboxes::uuid[]) or tickets.inbox_id = any (auth.view_inboxes::uuid[])
      or (auth.pool and tickets.primary_team_id is null and tickets.assignee_team_id is null and tickets.inbox_id is null)))
    or (auth.shared_ws and tickets.visibility = 'shared')
    or exists (select from public.ticket_shares s where s.ticket_id = tickets.id and s.revoked_at is null and s.team_id = any (auth.share_teams::uuid[]) offset 0)
    or ((tickets.assignee_principal_id = any (auth.me::uuid[]) or tickets.created_by_principal_id = any (auth.me::uuid[])
        or exists (select from public.ticket_participants p where p.ticket_id = tickets.id and p.principal_id = any (auth.me::uuid[]) offset 0))
      and (auth.mine_ws or tickets.primary_team_id = any (auth.mine_teams::uuid[]) or tickets.assignee_team_id = any (auth.mine_teams::uuid[]) or tickets.inbox_id = any (auth.mine_inboxes::uuid[])))))
          offset 0) t
        where tags is null or by_tag or exists (
          select from public.ticket_tag_links l where l.ticket_id = c.id and l.tag_id = any (tags) offset 0)
        limit most - cardinality(page_ids)) hits;
    if hit > 0 then
      page_ids := page_ids || hit_ids; page_ats := page_ats || hit_ats;
    end if;
    exit when cardinality(page_ids) >= most or tried < size;
    place_at := ats[tried];
    place_id := ids[tried];
    size := least(4000, size * 8, most / 4 + (most - cardinality(page_ids)) * tried * 5 / 4 / greatest(hit, 1));
    if own_names is not null and hit * 20 < tried then
      select count(*) into hit from unnest(ids[1:40]) c (id) cross join lateral (
        select from public.tickets where tickets.id = c.id and ((auth.limit_teams is null or tickets.primary_team_id = any (auth.limit_teams::uuid[]) or tickets.assignee_team_id = any (auth.limit_teams::uuid[]))
  and (auth.limit_inboxes is null or tickets.inbox_id = any (auth.limit_inboxes::uuid[]))
  and (auth.all_ws or tickets.primary_team_id = any (auth.all_teams::uuid[]) or tickets.assignee_team_id = any (auth.all_teams::uuid[]) or tickets.inbox_id = any (auth.all_inboxes::uuid[])
    or (tickets.visibility <> 'private' and (tickets.primary_team_id = any (auth.near_teams::uuid[]) or tickets.assignee_team_id = any (auth.near_teams::uuid[])
      or tickets.inbox_id = any (auth.near_inboxes::uuid[]) or tickets.inbox_id = any (auth.view_inboxes::uuid[])
      or (auth.pool and tickets.primary_team_id is null and tickets.assignee_team_id is null and tickets.inbox_id is null)))
    or (auth.shared_ws and tickets.visibility = 'shared')
    or exists (select from public.ticket_shares s where s.ticket_id = tickets.id and s.revoked_at is null and s.team_id = any (auth.share_teams::uuid[]) offset 0)
    or ((tickets.assignee_principal_id = any (auth.me::uuid[]) or tickets.created_by_principal_id = any (auth.me::uuid[])
        or exists (select from public.ticket_participants p where p.ticket_id = tickets.id and p.principal_id = any (auth.me::uuid[]) offset 0))
      and (auth.mine_ws or tickets.primary_team_id = any (auth.mine_teams::uuid[]) or tickets.assignee_team_id = any (auth.mine_teams::uuid[]) or tickets.inbox_id = any (auth.mine_inboxes::uuid[]))))) offset 0) t;
      if hit < 10 then
        way_names := own_names; way_keys := own_keys; by_tag := false; size := most + most / 4;
      end if;
      own_names := null;
    end if;
  end loop;
  return query select p.id, p.at from unnest(page_ids, page_ats) p (id, at);
end
$body$;
--> statement-breakpoint
CREATE TABLE "account" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"issuer_id" uuid NOT NULL,
	"subject" text NOT NULL,
	"claims_digest" "bytea",
	"claims_issued_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "account_issuer_id_subject_key" UNIQUE("issuer_id","subject"),
	CONSTRAINT "account_subject_length_check" CHECK (char_length("account"."subject") between 1 and 255),
	CONSTRAINT "account_claims_digest_size_check" CHECK (octet_length("account"."claims_digest") = 32)
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"purpose" text,
	"principal_id" uuid NOT NULL,
	"creator_principal_id" uuid NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"previous_hash" "bytea",
	"previous_valid_until" timestamp (3) with time zone,
	"scope_keys" text[] NOT NULL,
	"team_ids" uuid[],
	"inbox_ids" uuid[],
	"allowed_ips" "cidr"[] DEFAULT '{}' NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"revoke_reason" text,
	"rotated_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"last_ip" "inet",
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "api_keys_principal_id_key" UNIQUE("principal_id"),
	CONSTRAINT "api_keys_name_length_check" CHECK (char_length("api_keys"."name") between 1 and 120),
	CONSTRAINT "api_keys_purpose_length_check" CHECK (char_length("api_keys"."purpose") between 1 and 500),
	CONSTRAINT "api_keys_secret_hash_size_check" CHECK (octet_length("api_keys"."secret_hash") = 32),
	CONSTRAINT "api_keys_previous_hash_size_check" CHECK (octet_length("api_keys"."previous_hash") = 32),
	CONSTRAINT "api_keys_previous_check" CHECK (("api_keys"."previous_hash" is null) = ("api_keys"."previous_valid_until" is null)),
	CONSTRAINT "api_keys_scope_keys_check" CHECK (cardinality("api_keys"."scope_keys") >= 1),
	CONSTRAINT "api_keys_team_ids_check" CHECK (cardinality("api_keys"."team_ids") between 1 and 50),
	CONSTRAINT "api_keys_inbox_ids_check" CHECK (cardinality("api_keys"."inbox_ids") between 1 and 50),
	CONSTRAINT "api_keys_allowed_ips_check" CHECK (cardinality("api_keys"."allowed_ips") <= 50),
	CONSTRAINT "api_keys_revoke_reason_check" CHECK ("api_keys"."revoke_reason" in ('manual', 'member_removed', 'leaked')),
	CONSTRAINT "api_keys_revoked_check" CHECK (("api_keys"."revoked_at" is null) = ("api_keys"."revoke_reason" is null))
);
--> statement-breakpoint
CREATE TABLE "auth_issuers" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"issuer" text NOT NULL,
	"kind" text DEFAULT 'oidc' NOT NULL,
	"jwks_url" text NOT NULL,
	"audiences" text[] NOT NULL,
	"algorithms" text[] DEFAULT '{RS256,ES256}' NOT NULL,
	"max_token_age_seconds" integer DEFAULT 86400 NOT NULL,
	"provision" text DEFAULT 'link' NOT NULL,
	"email_domains" text[] DEFAULT '{}' NOT NULL,
	"scope_claim" text[],
	"sync" text DEFAULT 'first' NOT NULL,
	"rules_version" integer DEFAULT 1 NOT NULL,
	"disabled_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "auth_issuers_issuer_url_check" CHECK (("auth_issuers"."issuer" like 'https://%' or "auth_issuers"."issuer" like 'http://127.0.0.1:%') and char_length("auth_issuers"."issuer") <= 2048),
	CONSTRAINT "auth_issuers_jwks_url_check" CHECK (("auth_issuers"."jwks_url" like 'https://%' or "auth_issuers"."jwks_url" like 'http://127.0.0.1:%') and char_length("auth_issuers"."jwks_url") <= 2048),
	CONSTRAINT "auth_issuers_kind_check" CHECK ("auth_issuers"."kind" in ('oidc', 'cloudflare_access')),
	CONSTRAINT "auth_issuers_audiences_check" CHECK (cardinality("auth_issuers"."audiences") between 1 and 10),
	CONSTRAINT "auth_issuers_algorithms_check" CHECK ("auth_issuers"."algorithms" <@ array['RS256', 'PS256', 'ES256', 'EdDSA']::text[]),
	CONSTRAINT "auth_issuers_algorithms_some_check" CHECK (cardinality("auth_issuers"."algorithms") >= 1),
	CONSTRAINT "auth_issuers_max_token_age_check" CHECK ("auth_issuers"."max_token_age_seconds" between 300 and 604800),
	CONSTRAINT "auth_issuers_provision_check" CHECK ("auth_issuers"."provision" in ('off', 'link', 'create')),
	CONSTRAINT "auth_issuers_email_domains_lower_check" CHECK ("auth_issuers"."email_domains"::text = lower("auth_issuers"."email_domains"::text)),
	CONSTRAINT "auth_issuers_scope_claim_check" CHECK (cardinality("auth_issuers"."scope_claim") >= 1),
	CONSTRAINT "auth_issuers_sync_check" CHECK ("auth_issuers"."sync" in ('first', 'always')),
	CONSTRAINT "auth_issuers_rules_version_check" CHECK ("auth_issuers"."rules_version" >= 1)
);
--> statement-breakpoint
CREATE TABLE "changelog_entries" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"slug" text NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"publish_at" timestamp (3) with time zone,
	"unpublish_at" timestamp (3) with time zone,
	"published_at" timestamp (3) with time zone,
	"first_published_at" timestamp (3) with time zone,
	"scheduled_by" jsonb,
	"schedule_error" text,
	"author_principal_id" uuid,
	"deleted_at" timestamp (3) with time zone,
	"pinned" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "changelog_entries_slug_shape_check" CHECK ("changelog_entries"."slug" ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length("changelog_entries"."slug") <= 64),
	CONSTRAINT "changelog_entries_state_check" CHECK ("changelog_entries"."state" in ('draft', 'scheduled', 'published')),
	CONSTRAINT "changelog_entries_scheduled_check" CHECK ("changelog_entries"."state" <> 'scheduled' or "changelog_entries"."publish_at" is not null),
	CONSTRAINT "changelog_entries_published_check" CHECK ("changelog_entries"."state" <> 'published' or "changelog_entries"."published_at" is not null),
	CONSTRAINT "changelog_entries_ends_after_start_check" CHECK ("changelog_entries"."unpublish_at" > "changelog_entries"."publish_at"),
	CONSTRAINT "changelog_entries_scheduled_by_check" CHECK (jsonb_typeof("changelog_entries"."scheduled_by") = 'object'),
	CONSTRAINT "changelog_entries_schedule_error_length_check" CHECK (char_length("changelog_entries"."schedule_error") <= 2000)
);
--> statement-breakpoint
CREATE TABLE "changelog_entry_texts" (
	"entry_id" uuid NOT NULL,
	"locale" text NOT NULL,
	"stage" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"search" "tsvector" NOT NULL,
	"source_version" integer NOT NULL,
	"updated_by" uuid NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "changelog_entry_texts_entry_id_locale_stage_pk" PRIMARY KEY("entry_id","locale","stage"),
	CONSTRAINT "changelog_entry_texts_locale_length_check" CHECK (char_length("changelog_entry_texts"."locale") between 2 and 35),
	CONSTRAINT "changelog_entry_texts_stage_check" CHECK ("changelog_entry_texts"."stage" in ('draft', 'live')),
	CONSTRAINT "changelog_entry_texts_title_length_check" CHECK (char_length("changelog_entry_texts"."title") between 1 and 200),
	CONSTRAINT "changelog_entry_texts_body_length_check" CHECK (char_length("changelog_entry_texts"."body") <= 100000),
	CONSTRAINT "changelog_entry_texts_source_version_check" CHECK ("changelog_entry_texts"."source_version" >= 1)
);
--> statement-breakpoint
CREATE TABLE "chat_messages" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"conversation_id" uuid NOT NULL,
	"principal_id" uuid,
	"sender_type" text NOT NULL,
	"author_kind" text NOT NULL,
	"content" text NOT NULL,
	"is_internal" boolean DEFAULT false NOT NULL,
	"system" jsonb,
	"dedupe_key" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"deleted_by_principal_id" uuid,
	CONSTRAINT "chat_messages_sender_type_check" CHECK ("chat_messages"."sender_type" in ('visitor', 'agent', 'system')),
	CONSTRAINT "chat_messages_author_kind_check" CHECK ("chat_messages"."author_kind" in ('customer', 'agent', 'automation', 'system')),
	CONSTRAINT "chat_messages_author_check" CHECK (("chat_messages"."sender_type", "chat_messages"."author_kind") in (('visitor', 'customer'), ('agent', 'agent'), ('agent', 'automation'), ('system', 'system'))),
	CONSTRAINT "chat_messages_principal_check" CHECK (("chat_messages"."principal_id" is null) = ("chat_messages"."sender_type" = 'system')),
	CONSTRAINT "chat_messages_content_length_check" CHECK (char_length("chat_messages"."content") between 1 and 10000),
	CONSTRAINT "chat_messages_internal_check" CHECK (not "chat_messages"."is_internal" or "chat_messages"."sender_type" = 'agent'),
	CONSTRAINT "chat_messages_system_text_check" CHECK (("chat_messages"."system" is not null) = ("chat_messages"."sender_type" = 'system')),
	CONSTRAINT "chat_messages_system_check" CHECK (jsonb_typeof("chat_messages"."system") = 'object'),
	CONSTRAINT "chat_messages_dedupe_key_length_check" CHECK (char_length("chat_messages"."dedupe_key") between 1 and 512)
);
--> statement-breakpoint
CREATE TABLE "chat_tags" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"color" text DEFAULT '#6b7280' NOT NULL,
	"description" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "chat_tags_name_length_check" CHECK (char_length("chat_tags"."name") between 1 and 50),
	CONSTRAINT "chat_tags_color_shape_check" CHECK ("chat_tags"."color" ~ '^#[0-9a-f]{6}$'),
	CONSTRAINT "chat_tags_description_length_check" CHECK (char_length("chat_tags"."description") <= 500)
);
--> statement-breakpoint
CREATE TABLE "content_redirects" (
	"kind" text NOT NULL,
	"slug" text NOT NULL,
	"article_id" uuid,
	"category_id" uuid,
	"entry_id" uuid,
	CONSTRAINT "content_redirects_kind_slug_pk" PRIMARY KEY("kind","slug"),
	CONSTRAINT "content_redirects_kind_check" CHECK ("content_redirects"."kind" in ('article', 'category', 'entry')),
	CONSTRAINT "content_redirects_slug_shape_check" CHECK ("content_redirects"."slug" ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length("content_redirects"."slug") <= 64),
	CONSTRAINT "content_redirects_target_check" CHECK (num_nonnulls("content_redirects"."article_id", "content_redirects"."category_id", "content_redirects"."entry_id") = 1 and case "content_redirects"."kind" when 'article' then "content_redirects"."article_id" when 'category' then "content_redirects"."category_id" else "content_redirects"."entry_id" end is not null)
);
--> statement-breakpoint
CREATE TABLE "content_settings" (
	"singleton" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"default_locale" text DEFAULT 'en' NOT NULL,
	"locales" text[] DEFAULT '{en}' NOT NULL,
	"indexing" boolean DEFAULT true NOT NULL,
	"show_author" boolean DEFAULT false NOT NULL,
	"article_url" text,
	"entry_url" text,
	"feed_title" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"feed_description" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"default_entry_mode" text DEFAULT 'everyone' NOT NULL,
	"purge_after_days" integer DEFAULT 30 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "content_settings_singleton_check" CHECK ("content_settings"."singleton"),
	CONSTRAINT "content_settings_default_locale_length_check" CHECK (char_length("content_settings"."default_locale") between 2 and 35),
	CONSTRAINT "content_settings_locales_check" CHECK (cardinality("content_settings"."locales") between 1 and 20 and "content_settings"."default_locale" = any("content_settings"."locales") and array_position("content_settings"."locales", null) is null),
	CONSTRAINT "content_settings_article_url_check" CHECK ("content_settings"."article_url" ~ '^https://' and position('{slug}' in "content_settings"."article_url") > 0 and char_length("content_settings"."article_url") <= 2048),
	CONSTRAINT "content_settings_entry_url_check" CHECK ("content_settings"."entry_url" ~ '^https://' and position('{slug}' in "content_settings"."entry_url") > 0 and char_length("content_settings"."entry_url") <= 2048),
	CONSTRAINT "content_settings_feed_title_check" CHECK (jsonb_typeof("content_settings"."feed_title") = 'object'),
	CONSTRAINT "content_settings_feed_description_check" CHECK (jsonb_typeof("content_settings"."feed_description") = 'object'),
	CONSTRAINT "content_settings_default_entry_mode_check" CHECK ("content_settings"."default_entry_mode" in ('everyone', 'signed_in', 'restricted', 'staff')),
	CONSTRAINT "content_settings_purge_after_days_check" CHECK ("content_settings"."purge_after_days" between 7 and 365)
);
--> statement-breakpoint
CREATE TABLE "conversation_tags" (
	"conversation_id" uuid NOT NULL,
	"chat_tag_id" uuid NOT NULL,
	CONSTRAINT "conversation_tags_conversation_id_chat_tag_id_pk" PRIMARY KEY("conversation_id","chat_tag_id")
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"visitor_principal_id" uuid NOT NULL,
	"assigned_agent_principal_id" uuid,
	"status" text DEFAULT 'open' NOT NULL,
	"priority" text DEFAULT 'none' NOT NULL,
	"channel" text DEFAULT 'live_chat' NOT NULL,
	"subject" text,
	"last_message_preview" text,
	"last_message_at" timestamp (3) with time zone NOT NULL,
	"visitor_last_read_at" timestamp (3) with time zone,
	"agent_last_read_at" timestamp (3) with time zone,
	"resolved_at" timestamp (3) with time zone,
	"end_reason" text,
	"end_note" text,
	"csat_rating" smallint,
	"csat_comment" text,
	"csat_submitted_at" timestamp (3) with time zone,
	"external_ref" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "conversations_status_check" CHECK ("conversations"."status" in ('open', 'pending', 'closed')),
	CONSTRAINT "conversations_priority_check" CHECK ("conversations"."priority" in ('none', 'low', 'medium', 'high', 'urgent')),
	CONSTRAINT "conversations_channel_check" CHECK ("conversations"."channel" in ('live_chat', 'email', 'web_form')),
	CONSTRAINT "conversations_end_reason_check" CHECK ("conversations"."end_reason" in ('resolved', 'tracked_as_feedback', 'duplicate', 'no_response', 'spam', 'other')),
	CONSTRAINT "conversations_subject_length_check" CHECK (char_length("conversations"."subject") between 1 and 255),
	CONSTRAINT "conversations_last_message_preview_length_check" CHECK (char_length("conversations"."last_message_preview") <= 140),
	CONSTRAINT "conversations_end_note_length_check" CHECK (char_length("conversations"."end_note") <= 2000),
	CONSTRAINT "conversations_csat_comment_length_check" CHECK (char_length("conversations"."csat_comment") <= 2000),
	CONSTRAINT "conversations_external_ref_length_check" CHECK (char_length("conversations"."external_ref") between 1 and 255),
	CONSTRAINT "conversations_resolved_check" CHECK (("conversations"."resolved_at" is not null) = ("conversations"."status" = 'closed')),
	CONSTRAINT "conversations_ended_check" CHECK (("conversations"."end_reason" is not null) = ("conversations"."status" = 'closed')),
	CONSTRAINT "conversations_csat_rating_check" CHECK ("conversations"."csat_rating" between 1 and 5),
	CONSTRAINT "conversations_csat_submitted_check" CHECK (("conversations"."csat_rating" is null) = ("conversations"."csat_submitted_at" is null))
);
--> statement-breakpoint
CREATE TABLE "heartbeats" (
	"name" text PRIMARY KEY NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"last_error" text,
	"rows_done" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "heartbeats_name_check" CHECK ("heartbeats"."name" in ('tick', 'reconcile', 'hourly', 'retention')),
	CONSTRAINT "heartbeats_last_error_length_check" CHECK (char_length("heartbeats"."last_error") <= 2000),
	CONSTRAINT "heartbeats_rows_done_check" CHECK ("heartbeats"."rows_done" >= 0)
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"caller" text NOT NULL,
	"key" text NOT NULL,
	"operation" text NOT NULL,
	"request_hash" "bytea" NOT NULL,
	"status" smallint NOT NULL,
	"headers" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"body" text,
	"on_replay" text DEFAULT 'answer' NOT NULL,
	"request_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_caller_key_pk" PRIMARY KEY("caller","key"),
	CONSTRAINT "idempotency_keys_caller_length_check" CHECK (char_length("idempotency_keys"."caller") between 1 and 64),
	CONSTRAINT "idempotency_keys_key_shape_check" CHECK ("idempotency_keys"."key" ~ '^[!-~]{1,255}$'),
	CONSTRAINT "idempotency_keys_operation_length_check" CHECK (char_length("idempotency_keys"."operation") between 1 and 120),
	CONSTRAINT "idempotency_keys_request_hash_check" CHECK (octet_length("idempotency_keys"."request_hash") = 32),
	CONSTRAINT "idempotency_keys_status_check" CHECK ("idempotency_keys"."status" between 200 and 299),
	CONSTRAINT "idempotency_keys_headers_check" CHECK (jsonb_typeof("idempotency_keys"."headers") = 'object'),
	CONSTRAINT "idempotency_keys_body_length_check" CHECK (char_length("idempotency_keys"."body") <= 262144),
	CONSTRAINT "idempotency_keys_on_replay_check" CHECK ("idempotency_keys"."on_replay" in ('answer', 'conflict')),
	CONSTRAINT "idempotency_keys_request_id_length_check" CHECK (char_length("idempotency_keys"."request_id") between 1 and 64),
	CONSTRAINT "idempotency_keys_lifetime_check" CHECK ("idempotency_keys"."expires_at" = "idempotency_keys"."created_at" + interval '24 hours')
);
--> statement-breakpoint
CREATE TABLE "in_app_notifications" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"principal_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"type" text NOT NULL,
	"category" text NOT NULL,
	"entity_type" text NOT NULL,
	"entity_id" uuid NOT NULL,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"in_app" boolean NOT NULL,
	"group_key" text NOT NULL,
	"group_count" integer DEFAULT 1 NOT NULL,
	"content_free" boolean DEFAULT false NOT NULL,
	"read_at" timestamp (3) with time zone,
	"archived_at" timestamp (3) with time zone,
	"superseded_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "in_app_notifications_principal_id_event_id_type_key" UNIQUE("principal_id","event_id","type"),
	CONSTRAINT "in_app_notifications_type_shape_check" CHECK ("in_app_notifications"."type" ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*){1,2}$' and char_length("in_app_notifications"."type") <= 100),
	CONSTRAINT "in_app_notifications_category_check" CHECK ("in_app_notifications"."category" in ('assignment', 'message', 'new_ticket', 'status', 'fields', 'sla', 'people', 'share', 'chat', 'access', 'job', 'alert')),
	CONSTRAINT "in_app_notifications_entity_type_shape_check" CHECK ("in_app_notifications"."entity_type" ~ '^[a-z][a-z0-9_]{0,63}$'),
	CONSTRAINT "in_app_notifications_data_object_check" CHECK (jsonb_typeof("in_app_notifications"."data") = 'object' and octet_length("in_app_notifications"."data"::text) <= 6144),
	CONSTRAINT "in_app_notifications_group_key_length_check" CHECK (char_length("in_app_notifications"."group_key") between 1 and 200),
	CONSTRAINT "in_app_notifications_group_count_check" CHECK ("in_app_notifications"."group_count" >= 1)
);
--> statement-breakpoint
CREATE TABLE "integration_event_mappings" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"target_id" uuid NOT NULL,
	"event_type" text NOT NULL,
	"filters" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"template" text,
	"enabled" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "integration_event_mappings_target_id_event_type_key" UNIQUE("target_id","event_type"),
	CONSTRAINT "integration_event_mappings_template_length_check" CHECK (char_length("integration_event_mappings"."template") <= 4000),
	CONSTRAINT "integration_event_mappings_event_type_shape_check" CHECK ("integration_event_mappings"."event_type" = '*' or ("integration_event_mappings"."event_type" ~ '^[a-z_]+([.][a-z_]+)+$' and char_length("integration_event_mappings"."event_type") <= 100)),
	CONSTRAINT "integration_event_mappings_filters_object_check" CHECK (jsonb_typeof("integration_event_mappings"."filters") = 'object')
);
--> statement-breakpoint
CREATE TABLE "integration_platform_credentials" (
	"integration_id" uuid PRIMARY KEY NOT NULL,
	"secrets" text NOT NULL,
	"set_at" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "integration_platform_credentials_secrets_sealed_check" CHECK ("integration_platform_credentials"."secrets" like 'm1.%'),
	CONSTRAINT "integration_platform_credentials_set_at_object_check" CHECK (jsonb_typeof("integration_platform_credentials"."set_at") = 'object')
);
--> statement-breakpoint
CREATE TABLE "integration_targets" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"integration_id" uuid NOT NULL,
	"direction" text NOT NULL,
	"name" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"config" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"secret" text,
	"secret_previous" text,
	"previous_until" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"last_error" text,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "integration_targets_direction_check" CHECK ("integration_targets"."direction" in ('outbound', 'inbound')),
	CONSTRAINT "integration_targets_status_check" CHECK ("integration_targets"."status" in ('active', 'paused', 'needs_attention')),
	CONSTRAINT "integration_targets_name_length_check" CHECK (char_length("integration_targets"."name") between 1 and 80),
	CONSTRAINT "integration_targets_config_object_check" CHECK (jsonb_typeof("integration_targets"."config") = 'object'),
	CONSTRAINT "integration_targets_secret_sealed_check" CHECK ("integration_targets"."secret" like 'm1.%'),
	CONSTRAINT "integration_targets_secret_previous_sealed_check" CHECK ("integration_targets"."secret_previous" like 'm1.%'),
	CONSTRAINT "integration_targets_previous_pair_check" CHECK (num_nonnulls("integration_targets"."secret_previous", "integration_targets"."previous_until") in (0, 2))
);
--> statement-breakpoint
CREATE TABLE "integrations" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"provider" text NOT NULL,
	"label" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"status_reason" text,
	"config" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"principal_id" uuid NOT NULL,
	"last_error" text,
	"last_error_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "integrations_provider_key" UNIQUE("provider"),
	CONSTRAINT "integrations_principal_id_key" UNIQUE("principal_id"),
	CONSTRAINT "integrations_provider_check" CHECK ("integrations"."provider" in ('github', 'slack', 'inbound_hook')),
	CONSTRAINT "integrations_status_check" CHECK ("integrations"."status" in ('pending', 'active', 'paused', 'needs_attention', 'disconnecting', 'disconnected')),
	CONSTRAINT "integrations_label_length_check" CHECK (char_length("integrations"."label") between 1 and 80),
	CONSTRAINT "integrations_status_reason_length_check" CHECK (char_length("integrations"."status_reason") between 1 and 200),
	CONSTRAINT "integrations_config_object_check" CHECK (jsonb_typeof("integrations"."config") = 'object')
);
--> statement-breakpoint
CREATE TABLE "kb_article_feedback" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"article_id" uuid NOT NULL,
	"locale" text NOT NULL,
	"helpful" boolean NOT NULL,
	"comment" text,
	"principal_id" uuid,
	"visitor_hash" "bytea",
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "kb_article_feedback_locale_length_check" CHECK (char_length("kb_article_feedback"."locale") between 2 and 35),
	CONSTRAINT "kb_article_feedback_comment_length_check" CHECK (char_length("kb_article_feedback"."comment") <= 1000),
	CONSTRAINT "kb_article_feedback_visitor_hash_check" CHECK (octet_length("kb_article_feedback"."visitor_hash") = 16)
);
--> statement-breakpoint
CREATE TABLE "kb_article_stats" (
	"article_id" uuid NOT NULL,
	"helpful" integer DEFAULT 0 NOT NULL,
	"not_helpful" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "kb_article_stats_article_id_pk" PRIMARY KEY("article_id"),
	CONSTRAINT "kb_article_stats_counts_check" CHECK ("kb_article_stats"."helpful" >= 0 and "kb_article_stats"."not_helpful" >= 0)
);
--> statement-breakpoint
CREATE TABLE "kb_article_texts" (
	"article_id" uuid NOT NULL,
	"locale" text NOT NULL,
	"stage" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"search" "tsvector" NOT NULL,
	"source_version" integer NOT NULL,
	"updated_by" uuid NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"description" text,
	CONSTRAINT "kb_article_texts_article_id_locale_stage_pk" PRIMARY KEY("article_id","locale","stage"),
	CONSTRAINT "kb_article_texts_locale_length_check" CHECK (char_length("kb_article_texts"."locale") between 2 and 35),
	CONSTRAINT "kb_article_texts_stage_check" CHECK ("kb_article_texts"."stage" in ('draft', 'live')),
	CONSTRAINT "kb_article_texts_title_length_check" CHECK (char_length("kb_article_texts"."title") between 1 and 200),
	CONSTRAINT "kb_article_texts_body_length_check" CHECK (char_length("kb_article_texts"."body") <= 100000),
	CONSTRAINT "kb_article_texts_source_version_check" CHECK ("kb_article_texts"."source_version" >= 1),
	CONSTRAINT "kb_article_texts_description_length_check" CHECK (char_length("kb_article_texts"."description") <= 500)
);
--> statement-breakpoint
CREATE TABLE "kb_articles" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"category_id" uuid NOT NULL,
	"slug" text NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"publish_at" timestamp (3) with time zone,
	"unpublish_at" timestamp (3) with time zone,
	"published_at" timestamp (3) with time zone,
	"first_published_at" timestamp (3) with time zone,
	"scheduled_by" jsonb,
	"schedule_error" text,
	"author_principal_id" uuid,
	"deleted_at" timestamp (3) with time zone,
	"position" integer NOT NULL,
	"noindex" boolean DEFAULT false NOT NULL,
	"related_ids" uuid[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "kb_articles_slug_shape_check" CHECK ("kb_articles"."slug" ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length("kb_articles"."slug") <= 64),
	CONSTRAINT "kb_articles_state_check" CHECK ("kb_articles"."state" in ('draft', 'scheduled', 'published')),
	CONSTRAINT "kb_articles_scheduled_check" CHECK ("kb_articles"."state" <> 'scheduled' or "kb_articles"."publish_at" is not null),
	CONSTRAINT "kb_articles_published_check" CHECK ("kb_articles"."state" <> 'published' or "kb_articles"."published_at" is not null),
	CONSTRAINT "kb_articles_ends_after_start_check" CHECK ("kb_articles"."unpublish_at" > "kb_articles"."publish_at"),
	CONSTRAINT "kb_articles_scheduled_by_check" CHECK (jsonb_typeof("kb_articles"."scheduled_by") = 'object'),
	CONSTRAINT "kb_articles_schedule_error_length_check" CHECK (char_length("kb_articles"."schedule_error") <= 2000),
	CONSTRAINT "kb_articles_position_check" CHECK ("kb_articles"."position" >= 0),
	CONSTRAINT "kb_articles_related_ids_check" CHECK (cardinality("kb_articles"."related_ids") <= 10)
);
--> statement-breakpoint
CREATE TABLE "kb_categories" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"parent_id" uuid,
	"slug" text NOT NULL,
	"names" jsonb NOT NULL,
	"descriptions" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"icon" text,
	"position" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "kb_categories_parent_check" CHECK ("kb_categories"."parent_id" <> "kb_categories"."id"),
	CONSTRAINT "kb_categories_slug_shape_check" CHECK ("kb_categories"."slug" ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length("kb_categories"."slug") <= 64),
	CONSTRAINT "kb_categories_names_check" CHECK (jsonb_typeof("kb_categories"."names") = 'object' and "kb_categories"."names" <> '{}'::jsonb),
	CONSTRAINT "kb_categories_descriptions_check" CHECK (jsonb_typeof("kb_categories"."descriptions") = 'object'),
	CONSTRAINT "kb_categories_icon_length_check" CHECK (char_length("kb_categories"."icon") between 1 and 64),
	CONSTRAINT "kb_categories_position_check" CHECK ("kb_categories"."position" >= 0)
);
--> statement-breakpoint
CREATE TABLE "notification_preferences" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"principal_id" uuid NOT NULL,
	"matrix" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"quiet_hours" jsonb,
	"digest" jsonb,
	"muted_at" timestamp (3) with time zone,
	"muted_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "notification_preferences_principal_id_key" UNIQUE("principal_id"),
	CONSTRAINT "notification_preferences_matrix_object_check" CHECK (jsonb_typeof("notification_preferences"."matrix") = 'object' and octet_length("notification_preferences"."matrix"::text) <= 24576),
	CONSTRAINT "notification_preferences_quiet_hours_object_check" CHECK (jsonb_typeof("notification_preferences"."quiet_hours") = 'object' and octet_length("notification_preferences"."quiet_hours"::text) <= 24576),
	CONSTRAINT "notification_preferences_digest_object_check" CHECK (jsonb_typeof("notification_preferences"."digest") = 'object' and octet_length("notification_preferences"."digest"::text) <= 24576),
	CONSTRAINT "notification_preferences_muted_check" CHECK ("notification_preferences"."muted_until" is null or "notification_preferences"."muted_at" is not null)
);
--> statement-breakpoint
CREATE TABLE "principal" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"type" text NOT NULL,
	"user_id" uuid,
	"service_kind" text,
	"display_name" text NOT NULL,
	"avatar_url" text,
	"contact_email" text,
	"member_state" text,
	"member_since" timestamp (3) with time zone,
	"member_ended_at" timestamp (3) with time zone,
	"tokens_valid_after" timestamp (3) with time zone,
	"erased_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "principal_user_id_key" UNIQUE("user_id"),
	CONSTRAINT "principal_type_check" CHECK ("principal"."type" in ('user', 'anonymous', 'service')),
	CONSTRAINT "principal_service_kind_check" CHECK ("principal"."service_kind" in ('api_key', 'integration', 'system')),
	CONSTRAINT "principal_member_state_check" CHECK ("principal"."member_state" in ('active', 'suspended', 'removed')),
	CONSTRAINT "principal_user_check" CHECK (("principal"."type" = 'user') = ("principal"."user_id" is not null)),
	CONSTRAINT "principal_service_check" CHECK (("principal"."type" = 'service') = ("principal"."service_kind" is not null)),
	CONSTRAINT "principal_claimed_email_check" CHECK ("principal"."contact_email" is null or "principal"."type" = 'anonymous'),
	CONSTRAINT "principal_member_check" CHECK ("principal"."member_state" is null or "principal"."type" = 'user'),
	CONSTRAINT "principal_member_since_check" CHECK ("principal"."member_state" is null or "principal"."member_since" is not null),
	CONSTRAINT "principal_member_ended_check" CHECK (coalesce("principal"."member_state" = 'removed', false) = ("principal"."member_ended_at" is not null)),
	CONSTRAINT "principal_erased_check" CHECK ("principal"."erased_at" is null or ("principal"."avatar_url" is null and "principal"."contact_email" is null)),
	CONSTRAINT "principal_display_name_length_check" CHECK (char_length("principal"."display_name") between 1 and 120),
	CONSTRAINT "principal_avatar_url_check" CHECK ("principal"."avatar_url" like 'https://%' and char_length("principal"."avatar_url") <= 2048),
	CONSTRAINT "principal_contact_email_lower_check" CHECK ("principal"."contact_email" = lower("principal"."contact_email")),
	CONSTRAINT "principal_contact_email_length_check" CHECK (char_length("principal"."contact_email") between 1 and 254)
);
--> statement-breakpoint
CREATE TABLE "segments" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"color" text,
	"kind" text NOT NULL,
	"rule" jsonb,
	"member_count" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "segments_slug_shape_check" CHECK ("segments"."slug" ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length("segments"."slug") <= 64),
	CONSTRAINT "segments_name_length_check" CHECK (char_length("segments"."name") between 1 and 120),
	CONSTRAINT "segments_description_length_check" CHECK (char_length("segments"."description") <= 2000),
	CONSTRAINT "segments_color_shape_check" CHECK ("segments"."color" ~ '^#[0-9a-f]{6}$'),
	CONSTRAINT "segments_kind_check" CHECK ("segments"."kind" in ('manual', 'dynamic')),
	CONSTRAINT "segments_rule_check" CHECK (jsonb_typeof("segments"."rule") = 'object'),
	CONSTRAINT "segments_dynamic_check" CHECK (("segments"."kind" = 'dynamic') = ("segments"."rule" is not null)),
	CONSTRAINT "segments_member_count_check" CHECK ("segments"."member_count" >= 0)
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text DEFAULT 'Workspace' NOT NULL,
	"default_time_zone" text DEFAULT 'UTC' NOT NULL,
	"default_locale" text DEFAULT 'en' NOT NULL,
	"trusted_origins" text[] DEFAULT '{}' NOT NULL,
	"mcp_enabled" boolean DEFAULT true NOT NULL,
	"retention_days" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"catalogue_hash" "bytea",
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "settings_single_check" CHECK ("settings"."id" = '2198b69a-87b0-8742-ad98-9973bce267ae'::uuid),
	CONSTRAINT "settings_name_length_check" CHECK (char_length("settings"."name") between 1 and 120),
	CONSTRAINT "settings_default_time_zone_length_check" CHECK (char_length("settings"."default_time_zone") between 1 and 64),
	CONSTRAINT "settings_default_locale_length_check" CHECK (char_length("settings"."default_locale") between 1 and 35),
	CONSTRAINT "settings_trusted_origins_check" CHECK (cardinality("settings"."trusted_origins") <= 20),
	CONSTRAINT "settings_retention_days_object_check" CHECK (jsonb_typeof("settings"."retention_days") = 'object' and octet_length("settings"."retention_days"::text) <= 24576),
	CONSTRAINT "settings_catalogue_hash_size_check" CHECK (octet_length("settings"."catalogue_hash") = 32)
);
--> statement-breakpoint
CREATE TABLE "user" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"email" text,
	"email_verified" boolean DEFAULT false NOT NULL,
	"locale" text,
	"time_zone" text,
	"attributes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_email_key" UNIQUE("email"),
	CONSTRAINT "user_email_lower_check" CHECK ("user"."email" = lower("user"."email")),
	CONSTRAINT "user_email_length_check" CHECK (char_length("user"."email") between 1 and 254),
	CONSTRAINT "user_verified_email_check" CHECK (not "user"."email_verified" or "user"."email" is not null),
	CONSTRAINT "user_locale_length_check" CHECK (char_length("user"."locale") between 1 and 35),
	CONSTRAINT "user_time_zone_length_check" CHECK (char_length("user"."time_zone") between 1 and 64),
	CONSTRAINT "user_attributes_object_check" CHECK (jsonb_typeof("user"."attributes") = 'object' and octet_length("user"."attributes"::text) <= 24576)
);
--> statement-breakpoint
CREATE TABLE "user_attribute_definitions" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"key" text NOT NULL,
	"label" text NOT NULL,
	"description" text,
	"type" text NOT NULL,
	"options" jsonb,
	"currency" text,
	"external_key" text,
	"archived_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "user_attribute_definitions_key_key" UNIQUE("key"),
	CONSTRAINT "user_attribute_definitions_external_key_key" UNIQUE("external_key"),
	CONSTRAINT "user_attribute_definitions_key_shape_check" CHECK ("user_attribute_definitions"."key" ~ '^[a-z][a-z0-9_]{0,39}$'),
	CONSTRAINT "user_attribute_definitions_label_length_check" CHECK (char_length("user_attribute_definitions"."label") between 1 and 80),
	CONSTRAINT "user_attribute_definitions_description_length_check" CHECK (char_length("user_attribute_definitions"."description") <= 2000),
	CONSTRAINT "user_attribute_definitions_type_check" CHECK ("user_attribute_definitions"."type" in ('text', 'number', 'boolean', 'date', 'choice')),
	CONSTRAINT "user_attribute_definitions_choice_check" CHECK (("user_attribute_definitions"."type" = 'choice') = ("user_attribute_definitions"."options" is not null)),
	CONSTRAINT "user_attribute_definitions_options_check" CHECK (case when jsonb_typeof("user_attribute_definitions"."options") = 'array' then jsonb_array_length("user_attribute_definitions"."options") <= 100 else "user_attribute_definitions"."options" is null end),
	CONSTRAINT "user_attribute_definitions_currency_shape_check" CHECK ("user_attribute_definitions"."currency" ~ '^[A-Z]{3}$'),
	CONSTRAINT "user_attribute_definitions_currency_check" CHECK ("user_attribute_definitions"."currency" is null or "user_attribute_definitions"."type" = 'number'),
	CONSTRAINT "user_attribute_definitions_external_key_length_check" CHECK (char_length("user_attribute_definitions"."external_key") between 1 and 120)
);
--> statement-breakpoint
CREATE TABLE "user_segments" (
	"segment_id" uuid NOT NULL,
	"principal_id" uuid NOT NULL,
	"effect" text DEFAULT 'in' NOT NULL,
	"source" text NOT NULL,
	"reason" text,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_segments_segment_id_principal_id_pk" PRIMARY KEY("segment_id","principal_id"),
	CONSTRAINT "user_segments_effect_check" CHECK ("user_segments"."effect" in ('in', 'out')),
	CONSTRAINT "user_segments_source_check" CHECK ("user_segments"."source" in ('rule', 'manual', 'api')),
	CONSTRAINT "user_segments_reason_length_check" CHECK (char_length("user_segments"."reason") <= 200),
	CONSTRAINT "user_segments_actor_kind_check" CHECK ("user_segments"."actor_kind" in ('user', 'api_key', 'customer', 'integration', 'system')),
	CONSTRAINT "user_segments_rule_includes_check" CHECK ("user_segments"."source" <> 'rule' or "user_segments"."effect" = 'in')
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"url" text NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"disabled_reason" text,
	"disabled_at" timestamp (3) with time zone,
	"owner_principal_id" uuid NOT NULL,
	"types" text[] NOT NULL,
	"audience" text DEFAULT 'public' NOT NULL,
	"inbox_ids" uuid[],
	"team_ids" uuid[],
	"include_silent" boolean DEFAULT false NOT NULL,
	"exclude_actor_ids" uuid[] DEFAULT '{}' NOT NULL,
	"payload_version" date NOT NULL,
	"payload_style" text DEFAULT 'full' NOT NULL,
	"signing" text DEFAULT 'hmac' NOT NULL,
	"ordering" text DEFAULT 'none' NOT NULL,
	"max_in_flight" smallint DEFAULT 4 NOT NULL,
	"timeout_seconds" smallint DEFAULT 15 NOT NULL,
	"secrets" text,
	"previous_secrets" text,
	"previous_until" timestamp (3) with time zone,
	"public_keys" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"headers" text,
	"header_names" text[] DEFAULT '{}' NOT NULL,
	"filters_from" bigint NOT NULL,
	"created_by_principal_id" uuid NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "webhooks_name_length_check" CHECK (char_length("webhooks"."name") between 1 and 120),
	CONSTRAINT "webhooks_url_length_check" CHECK (char_length("webhooks"."url") between 1 and 2048),
	CONSTRAINT "webhooks_state_check" CHECK ("webhooks"."state" in ('active', 'disabled')),
	CONSTRAINT "webhooks_disabled_reason_check" CHECK ("webhooks"."disabled_reason" in ('manual', 'failing', 'gone')),
	CONSTRAINT "webhooks_disabled_check" CHECK (("webhooks"."state" = 'disabled') = ("webhooks"."disabled_reason" is not null) and ("webhooks"."state" = 'disabled') = ("webhooks"."disabled_at" is not null)),
	CONSTRAINT "webhooks_types_check" CHECK (cardinality("webhooks"."types") between 1 and 200),
	CONSTRAINT "webhooks_audience_check" CHECK ("webhooks"."audience" in ('public', 'internal', 'shared_team')),
	CONSTRAINT "webhooks_inbox_ids_check" CHECK (cardinality("webhooks"."inbox_ids") between 1 and 100),
	CONSTRAINT "webhooks_team_ids_check" CHECK (cardinality("webhooks"."team_ids") between 1 and 100),
	CONSTRAINT "webhooks_exclude_actor_ids_check" CHECK (cardinality("webhooks"."exclude_actor_ids") <= 20),
	CONSTRAINT "webhooks_payload_style_check" CHECK ("webhooks"."payload_style" in ('full', 'thin')),
	CONSTRAINT "webhooks_signing_check" CHECK ("webhooks"."signing" in ('hmac', 'ed25519', 'both')),
	CONSTRAINT "webhooks_ordering_check" CHECK ("webhooks"."ordering" in ('none', 'per_entity')),
	CONSTRAINT "webhooks_max_in_flight_check" CHECK ("webhooks"."max_in_flight" between 1 and 20),
	CONSTRAINT "webhooks_timeout_seconds_check" CHECK ("webhooks"."timeout_seconds" between 5 and 30),
	CONSTRAINT "webhooks_previous_check" CHECK (("webhooks"."previous_secrets" is null) = ("webhooks"."previous_until" is null)),
	CONSTRAINT "webhooks_public_keys_array_check" CHECK (jsonb_typeof("webhooks"."public_keys") = 'array' and octet_length("webhooks"."public_keys"::text) <= 24576),
	CONSTRAINT "webhooks_header_names_check" CHECK (cardinality("webhooks"."header_names") <= 10),
	CONSTRAINT "webhooks_filters_from_check" CHECK ("webhooks"."filters_from" >= 0),
	CONSTRAINT "webhooks_deleted_check" CHECK ("webhooks"."deleted_at" is null or ("webhooks"."secrets" is null and "webhooks"."previous_secrets" is null and "webhooks"."headers" is null))
);
--> statement-breakpoint
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "account" ADD CONSTRAINT "account_issuer_id_fk" FOREIGN KEY ("issuer_id") REFERENCES "public"."auth_issuers"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_creator_principal_id_fk" FOREIGN KEY ("creator_principal_id") REFERENCES "public"."principal"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "changelog_entries" ADD CONSTRAINT "changelog_entries_author_principal_id_fk" FOREIGN KEY ("author_principal_id") REFERENCES "public"."principal"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "changelog_entry_texts" ADD CONSTRAINT "changelog_entry_texts_entry_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."changelog_entries"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_conversation_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_deleted_by_principal_id_fk" FOREIGN KEY ("deleted_by_principal_id") REFERENCES "public"."principal"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "content_redirects" ADD CONSTRAINT "content_redirects_article_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."kb_articles"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "content_redirects" ADD CONSTRAINT "content_redirects_category_id_fk" FOREIGN KEY ("category_id") REFERENCES "public"."kb_categories"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "content_redirects" ADD CONSTRAINT "content_redirects_entry_id_fk" FOREIGN KEY ("entry_id") REFERENCES "public"."changelog_entries"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "conversation_tags" ADD CONSTRAINT "conversation_tags_conversation_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "conversation_tags" ADD CONSTRAINT "conversation_tags_chat_tag_id_fk" FOREIGN KEY ("chat_tag_id") REFERENCES "public"."chat_tags"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_visitor_principal_id_fk" FOREIGN KEY ("visitor_principal_id") REFERENCES "public"."principal"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_assigned_agent_principal_id_fk" FOREIGN KEY ("assigned_agent_principal_id") REFERENCES "public"."principal"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "in_app_notifications" ADD CONSTRAINT "in_app_notifications_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "integration_event_mappings" ADD CONSTRAINT "integration_event_mappings_target_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."integration_targets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "integration_platform_credentials" ADD CONSTRAINT "integration_platform_credentials_integration_id_fk" FOREIGN KEY ("integration_id") REFERENCES "public"."integrations"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "integration_targets" ADD CONSTRAINT "integration_targets_integration_id_fk" FOREIGN KEY ("integration_id") REFERENCES "public"."integrations"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "integrations" ADD CONSTRAINT "integrations_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "kb_article_feedback" ADD CONSTRAINT "kb_article_feedback_article_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."kb_articles"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "kb_article_feedback" ADD CONSTRAINT "kb_article_feedback_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "kb_article_stats" ADD CONSTRAINT "kb_article_stats_article_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."kb_articles"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "kb_article_texts" ADD CONSTRAINT "kb_article_texts_article_id_fk" FOREIGN KEY ("article_id") REFERENCES "public"."kb_articles"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "kb_articles" ADD CONSTRAINT "kb_articles_category_id_fk" FOREIGN KEY ("category_id") REFERENCES "public"."kb_categories"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "kb_articles" ADD CONSTRAINT "kb_articles_author_principal_id_fk" FOREIGN KEY ("author_principal_id") REFERENCES "public"."principal"("id") ON DELETE set null ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "kb_categories" ADD CONSTRAINT "kb_categories_parent_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."kb_categories"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "notification_preferences" ADD CONSTRAINT "notification_preferences_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "principal" ADD CONSTRAINT "principal_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "user_segments" ADD CONSTRAINT "user_segments_segment_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."segments"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "user_segments" ADD CONSTRAINT "user_segments_principal_id_fk" FOREIGN KEY ("principal_id") REFERENCES "public"."principal"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_owner_principal_id_fk" FOREIGN KEY ("owner_principal_id") REFERENCES "public"."principal"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "account_user_id_idx" ON "account" USING btree ("user_id");
--> statement-breakpoint
CREATE INDEX "api_keys_creator_principal_id_idx" ON "api_keys" USING btree ("creator_principal_id");
--> statement-breakpoint
CREATE INDEX "api_keys_expires_at_idx" ON "api_keys" USING btree ("expires_at") WHERE "api_keys"."revoked_at" is null;
--> statement-breakpoint
CREATE UNIQUE INDEX "auth_issuers_issuer_key" ON "auth_issuers" USING btree ("issuer") WHERE "auth_issuers"."disabled_at" is null;
--> statement-breakpoint
CREATE UNIQUE INDEX "changelog_entries_slug_key" ON "changelog_entries" USING btree ("slug") WHERE "changelog_entries"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "changelog_entries_pinned_published_at_id_idx" ON "changelog_entries" USING btree ("pinned" DESC NULLS FIRST,"published_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "changelog_entries"."deleted_at" is null and "changelog_entries"."state" = 'published';
--> statement-breakpoint
CREATE INDEX "changelog_entries_publish_at_idx" ON "changelog_entries" USING btree ("publish_at") WHERE "changelog_entries"."state" = 'scheduled';
--> statement-breakpoint
CREATE INDEX "changelog_entries_unpublish_at_idx" ON "changelog_entries" USING btree ("unpublish_at") WHERE "changelog_entries"."unpublish_at" is not null and "changelog_entries"."state" = 'published';
--> statement-breakpoint
CREATE INDEX "changelog_entries_deleted_at_idx" ON "changelog_entries" USING btree ("deleted_at") WHERE "changelog_entries"."deleted_at" is not null;
--> statement-breakpoint
CREATE INDEX "changelog_entries_author_principal_id_idx" ON "changelog_entries" USING btree ("author_principal_id") WHERE "changelog_entries"."author_principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "changelog_entry_texts_search_live_idx" ON "changelog_entry_texts" USING gin ("search") WHERE "changelog_entry_texts"."stage" = 'live';
--> statement-breakpoint
CREATE INDEX "changelog_entry_texts_search_draft_idx" ON "changelog_entry_texts" USING gin ("search") WHERE "changelog_entry_texts"."stage" = 'draft';
--> statement-breakpoint
CREATE INDEX "chat_messages_conversation_id_created_at_id_idx" ON "chat_messages" USING btree ("conversation_id","created_at","id");
--> statement-breakpoint
CREATE INDEX "chat_messages_preview_idx" ON "chat_messages" USING btree ("conversation_id","created_at","id") WHERE "chat_messages"."deleted_at" is null and not "chat_messages"."is_internal" and "chat_messages"."sender_type" <> 'system';
--> statement-breakpoint
CREATE INDEX "chat_messages_principal_id_idx" ON "chat_messages" USING btree ("principal_id");
--> statement-breakpoint
CREATE INDEX "chat_messages_deleted_by_principal_id_idx" ON "chat_messages" USING btree ("deleted_by_principal_id") WHERE "chat_messages"."deleted_by_principal_id" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "chat_messages_dedupe_key_key" ON "chat_messages" USING btree ("dedupe_key") WHERE "chat_messages"."dedupe_key" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "chat_tags_name_key" ON "chat_tags" USING btree (lower("name"));
--> statement-breakpoint
CREATE INDEX "content_redirects_article_id_idx" ON "content_redirects" USING btree ("article_id") WHERE "content_redirects"."article_id" is not null;
--> statement-breakpoint
CREATE INDEX "content_redirects_category_id_idx" ON "content_redirects" USING btree ("category_id") WHERE "content_redirects"."category_id" is not null;
--> statement-breakpoint
CREATE INDEX "content_redirects_entry_id_idx" ON "content_redirects" USING btree ("entry_id") WHERE "content_redirects"."entry_id" is not null;
--> statement-breakpoint
CREATE INDEX "conversation_tags_chat_tag_id_conversation_id_idx" ON "conversation_tags" USING btree ("chat_tag_id","conversation_id");
--> statement-breakpoint
CREATE INDEX "conversations_last_message_at_id_idx" ON "conversations" USING btree ("last_message_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);
--> statement-breakpoint
CREATE INDEX "conversations_status_last_message_at_id_idx" ON "conversations" USING btree ("status","last_message_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);
--> statement-breakpoint
CREATE INDEX "conversations_assigned_agent_last_message_idx" ON "conversations" USING btree ("assigned_agent_principal_id","last_message_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);
--> statement-breakpoint
CREATE INDEX "conversations_visitor_principal_id_last_message_at_id_idx" ON "conversations" USING btree ("visitor_principal_id","last_message_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);
--> statement-breakpoint
CREATE INDEX "conversations_created_at_id_idx" ON "conversations" USING btree ("created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);
--> statement-breakpoint
CREATE UNIQUE INDEX "conversations_external_ref_key" ON "conversations" USING btree ("external_ref") WHERE "conversations"."external_ref" is not null;
--> statement-breakpoint
CREATE INDEX "idempotency_keys_expires_at_idx" ON "idempotency_keys" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX "in_app_notifications_principal_id_created_at_id_idx" ON "in_app_notifications" USING btree ("principal_id","created_at","id") WHERE "in_app_notifications"."in_app" and "in_app_notifications"."archived_at" is null and "in_app_notifications"."superseded_at" is null;
--> statement-breakpoint
CREATE INDEX "in_app_notifications_principal_id_group_key_idx" ON "in_app_notifications" USING btree ("principal_id","group_key") WHERE "in_app_notifications"."in_app" and "in_app_notifications"."archived_at" is null and "in_app_notifications"."superseded_at" is null and "in_app_notifications"."read_at" is null;
--> statement-breakpoint
CREATE INDEX "in_app_notifications_created_at_idx" ON "in_app_notifications" USING btree ("created_at");
--> statement-breakpoint
CREATE INDEX "integration_event_mappings_event_type_target_id_idx" ON "integration_event_mappings" USING btree ("event_type","target_id") WHERE "integration_event_mappings"."enabled";
--> statement-breakpoint
CREATE UNIQUE INDEX "integration_targets_integration_id_name_key" ON "integration_targets" USING btree ("integration_id",lower("name")) WHERE "integration_targets"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "integration_targets_integration_id_idx" ON "integration_targets" USING btree ("integration_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "kb_article_feedback_article_id_principal_id_key" ON "kb_article_feedback" USING btree ("article_id","principal_id") WHERE "kb_article_feedback"."principal_id" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "kb_article_feedback_article_id_visitor_hash_key" ON "kb_article_feedback" USING btree ("article_id","visitor_hash") WHERE "kb_article_feedback"."visitor_hash" is not null;
--> statement-breakpoint
CREATE INDEX "kb_article_feedback_article_id_created_at_id_idx" ON "kb_article_feedback" USING btree ("article_id","created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);
--> statement-breakpoint
CREATE INDEX "kb_article_feedback_principal_id_idx" ON "kb_article_feedback" USING btree ("principal_id") WHERE "kb_article_feedback"."principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "kb_article_feedback_created_at_idx" ON "kb_article_feedback" USING btree ("created_at") WHERE "kb_article_feedback"."visitor_hash" is not null;
--> statement-breakpoint
CREATE INDEX "kb_article_texts_search_live_idx" ON "kb_article_texts" USING gin ("search") WHERE "kb_article_texts"."stage" = 'live';
--> statement-breakpoint
CREATE INDEX "kb_article_texts_search_draft_idx" ON "kb_article_texts" USING gin ("search") WHERE "kb_article_texts"."stage" = 'draft';
--> statement-breakpoint
CREATE UNIQUE INDEX "kb_articles_slug_key" ON "kb_articles" USING btree ("slug") WHERE "kb_articles"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "kb_articles_category_id_idx" ON "kb_articles" USING btree ("category_id");
--> statement-breakpoint
CREATE INDEX "kb_articles_category_id_position_id_idx" ON "kb_articles" USING btree ("category_id","position","id") WHERE "kb_articles"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "kb_articles_published_at_id_idx" ON "kb_articles" USING btree ("published_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "kb_articles"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "kb_articles_updated_at_id_idx" ON "kb_articles" USING btree ("updated_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "kb_articles"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "kb_articles_publish_at_idx" ON "kb_articles" USING btree ("publish_at") WHERE "kb_articles"."state" = 'scheduled';
--> statement-breakpoint
CREATE INDEX "kb_articles_unpublish_at_idx" ON "kb_articles" USING btree ("unpublish_at") WHERE "kb_articles"."unpublish_at" is not null and "kb_articles"."state" = 'published';
--> statement-breakpoint
CREATE INDEX "kb_articles_deleted_at_idx" ON "kb_articles" USING btree ("deleted_at") WHERE "kb_articles"."deleted_at" is not null;
--> statement-breakpoint
CREATE INDEX "kb_articles_author_principal_id_idx" ON "kb_articles" USING btree ("author_principal_id") WHERE "kb_articles"."author_principal_id" is not null;
--> statement-breakpoint
CREATE INDEX "kb_categories_parent_id_position_id_idx" ON "kb_categories" USING btree ("parent_id","position","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "kb_categories_slug_key" ON "kb_categories" USING btree ("slug") WHERE "kb_categories"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "principal_member_since_id_idx" ON "principal" USING btree ("member_since","id") WHERE "principal"."member_state" is not null;
--> statement-breakpoint
CREATE INDEX "principal_folded_name_idx" ON "principal" USING btree (fold("display_name"),"id") WHERE "principal"."type" = 'user' and "principal"."member_state" is null;
--> statement-breakpoint
CREATE INDEX "principal_customer_idx" ON "principal" USING btree ("id") WHERE "principal"."type" = 'user' and "principal"."member_state" is null;
--> statement-breakpoint
CREATE INDEX "principal_contact_email_idx" ON "principal" USING btree ("contact_email") WHERE "principal"."contact_email" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "segments_slug_key" ON "segments" USING btree ("slug") WHERE "segments"."deleted_at" is null;
--> statement-breakpoint
CREATE UNIQUE INDEX "segments_name_key" ON "segments" USING btree (lower("name")) WHERE "segments"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "segments_name_id_idx" ON "segments" USING btree ("name","id") WHERE "segments"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "segments_dynamic_idx" ON "segments" USING btree ("id") WHERE "segments"."kind" = 'dynamic' and "segments"."deleted_at" is null;
--> statement-breakpoint
CREATE INDEX "user_segments_principal_id_effect_segment_id_idx" ON "user_segments" USING btree ("principal_id","effect","segment_id");
--> statement-breakpoint
CREATE INDEX "webhooks_owner_principal_id_idx" ON "webhooks" USING btree ("owner_principal_id");
