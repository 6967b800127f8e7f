import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('fees', '0004_bank'),
        ('studentrecords', '0002_person_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Reduction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('exemption', 'exemption'), ('closing', 'closed at what was paid')], max_length=10, verbose_name='kind')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('reason', models.CharField(max_length=300, verbose_name='why')),
            ],
            options={
                'verbose_name': 'reduction',
                'verbose_name_plural': 'reductions',
                'ordering': ['pk'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='charge',
            name='charge_fixed',
        ),
        migrations.RemoveConstraint(
            model_name='charge',
            name='charge_not_overpaid',
        ),
        migrations.AddField(
            model_name='charge',
            name='exempted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='exempted'),
        ),
        migrations.AddField(
            model_name='charge',
            name='penalty_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='penalties', to='fees.charge', verbose_name='penalty of'),
        ),
        migrations.AddField(
            model_name='charge',
            name='reduced',
            field=models.DecimalField(decimal_places=2, default=Decimal('0'), editable=False, max_digits=12, verbose_name='no longer asked for'),
        ),
        # a generated column is not altered: it goes with its index and comes back
        migrations.RemoveIndex(
            model_name='charge',
            name='charge_open',
        ),
        migrations.RemoveField(
            model_name='charge',
            name='state',
        ),
        migrations.AddField(
            model_name='charge',
            name='state',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(cancelled_at__isnull=False, then=models.Value('cancelled')), models.When(allocated__gte=django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('reduced')), exempted_at__isnull=False, then=models.Value('exempted')), models.When(allocated__gte=django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('reduced')), then=models.Value('paid')), models.When(released_at__isnull=True, then=models.Value('configured')), models.When(overdue_at__isnull=False, then=models.Value('overdue')), models.When(allocated__gt=0, then=models.Value('partly_paid')), default=models.Value('due')), output_field=models.CharField(choices=[('configured', 'Not open yet'), ('due', 'To pay'), ('partly_paid', 'Partly paid'), ('overdue', 'Overdue'), ('paid', 'Paid'), ('exempted', 'Exempted'), ('cancelled', 'Cancelled')], max_length=12, verbose_name='state')),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(condition=models.Q(('state__in', ['due', 'partly_paid'])), fields=['due_at'], name='charge_open'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='charge',
            trigger=pgtrigger.compiler.Trigger(name='reduced_by_reductions', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF TG_OP = 'INSERT' THEN\n            IF NEW.reduced <> 0 THEN\n                RAISE EXCEPTION 'a new line is not reduced' USING ERRCODE = 'check_violation';\n            END IF;\n        ELSIF NEW.reduced IS DISTINCT FROM OLD.reduced AND pg_trigger_depth() < 2 THEN\n            RAISE EXCEPTION 'lines are reduced by reductions only' USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    ", hash='0f64408d137df3f13e4af1767a034f27cf5125b0', operation='INSERT OR UPDATE', pgid='pgtrigger_reduced_by_reductions_1d91d', table='fees_charge', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='charge',
            trigger=pgtrigger.compiler.Trigger(name='charge_fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."enrolment_id" IS DISTINCT FROM (NEW."enrolment_id") OR OLD."fee_type_id" IS DISTINCT FROM (NEW."fee_type_id") OR OLD."year_id" IS DISTINCT FROM (NEW."year_id") OR OLD."price_id" IS DISTINCT FROM (NEW."price_id") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."line_key" IS DISTINCT FROM (NEW."line_key") OR OLD."description_ro" IS DISTINCT FROM (NEW."description_ro") OR OLD."description_en" IS DISTINCT FROM (NEW."description_en") OR OLD."working_ro" IS DISTINCT FROM (NEW."working_ro") OR OLD."working_en" IS DISTINCT FROM (NEW."working_en") OR OLD."rule" IS DISTINCT FROM (NEW."rule") OR OLD."article" IS DISTINCT FROM (NEW."article") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."penalty_of_id" IS DISTINCT FROM (NEW."penalty_of_id") OR OLD."posted_at" IS DISTINCT FROM (NEW."posted_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='70648ae259c73913bebbb08bd3babe23097805cb', operation='UPDATE', pgid='pgtrigger_charge_fixed_ca7a0', table='fees_charge', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('allocated__gte', 0), ('allocated__lte', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('reduced'))), ('reduced__gte', 0)), name='charge_not_overpaid'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('exempted_at__isnull', True), ('reduced__gt', 0), _connector='OR'), name='charge_exempted_is_reduced'),
        ),
        migrations.AddField(
            model_name='reduction',
            name='charge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reductions', to='fees.charge', verbose_name='charge'),
        ),
        migrations.AddField(
            model_name='reduction',
            name='recorded_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='reduction',
            name='reverses',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='fees.reduction', verbose_name='takes back'),
        ),
        migrations.AddConstraint(
            model_name='reduction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('reverses__isnull', True)), models.Q(('amount__lt', 0), ('reverses__isnull', False)), _connector='OR'), name='reduction_sign'),
        ),
        migrations.AddConstraint(
            model_name='reduction',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='reduction_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='reduction',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['exemption', 'closing'])), name='reduction_kind'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reduction',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c6ba7eef67b8659549cc8bbcc22be198357eda50', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a0315', table='fees_reduction', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reduction',
            trigger=pgtrigger.compiler.Trigger(name='reduction_counts', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (\n            SELECT 1 FROM fees_reduction AS made\n            WHERE made.id = NEW.reverses_id AND made.amount = -NEW.amount\n                AND made.charge_id = NEW.charge_id AND made.kind = NEW.kind AND made.reverses_id IS NULL\n        ) THEN\n            RAISE EXCEPTION 'a reversal takes back one reduction whole' USING ERRCODE = 'check_violation';\n        END IF;\n        UPDATE fees_charge SET reduced = reduced + NEW.amount WHERE id = NEW.charge_id;\n        RETURN NEW;\n    ", hash='79228e7b63242731c0aa7407b1ff8b92600aa614', operation='INSERT', pgid='pgtrigger_reduction_counts_c62ba', table='fees_reduction', when='AFTER')),
        ),
    ]
