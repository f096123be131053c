using System.Text;
using Google.Protobuf;
using Netcd.Engine.Backend;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Simulation.Model;

namespace Netcd.Engine.Tests.Mvcc;

/// <summary>The store against a naive model: the same operations to both, every answer equal.</summary>
public sealed class StoreModelTests
{
    private const int Operations = 25_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_operations_give_what_a_naive_store_gives(int seed)
    {
        Random random = new(seed);
        ModelStore model = new();
        using StoreFixture fixture = new();
        for (int i = 0; i < Operations; i++)
        {
            Step(random, model, fixture);
        }

        fixture.FinishCompactions();
        CheckAll(model, fixture);
    }

    [Fact]
    public void A_published_state_does_not_change_under_its_reader()
    {
        Random random = new(11);
        ModelStore model = new();
        using StoreFixture fixture = new();
        for (int i = 0; i < 500; i++)
        {
            Put(random, model, fixture);
        }

        RangeRequest all = new() { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) };
        using ReadHandle handle = fixture.Store.Acquire();
        string before = Describe(RangeReader.Read(handle.State, all));
        for (int i = 0; i < 3_000; i++)
        {
            Step(random, model, fixture);
        }

        Assert.Equal(before, Describe(RangeReader.Read(handle.State, all)));
    }

    [Fact]
    public void A_finished_compaction_leaves_one_record_a_live_key_and_the_history_after_it()
    {
        using StoreFixture fixture = new();
        for (int round = 0; round < 5; round++)
        {
            for (int key = 0; key < 40; key++)
            {
                fixture.Store.Put(Encoding.UTF8.GetBytes($"key{key}"), Encoding.UTF8.GetBytes($"value{round}"), 0);
                fixture.Store.EndTransaction();
            }
        }

        fixture.Store.DeleteNext(new KeyInterval("key0"u8, default), int.MaxValue);
        fixture.Store.EndTransaction();
        fixture.Store.Put("last"u8, "one"u8, 0);
        fixture.Store.EndTransaction();
        fixture.Store.Publish();
        fixture.Compact(fixture.Store.Revision);
        fixture.FinishCompactions();
        Assert.Equal(40, fixture.CountRecordsInFile());
        fixture.Reopen();
        Assert.Equal(40, fixture.Store.Published.Index.LiveCount);
    }

    [Fact]
    public void A_deletion_at_the_compacted_revision_stays_and_an_older_one_goes()
    {
        using StoreFixture fixture = new();
        fixture.Store.Put("a"u8, "1"u8, 0);
        fixture.Store.EndTransaction();
        fixture.Store.DeleteNext(new KeyInterval("a"u8, default), int.MaxValue);
        fixture.Store.EndTransaction();
        fixture.Store.Put("b"u8, "1"u8, 0);
        fixture.Store.EndTransaction();
        fixture.Store.DeleteNext(new KeyInterval("b"u8, default), int.MaxValue);
        fixture.Store.EndTransaction();
        fixture.Store.Publish();
        fixture.Compact(fixture.Store.Revision);
        fixture.FinishCompactions();
        Assert.Equal(1, fixture.CountRecordsInFile());
        fixture.Reopen();
        Assert.Equal(5, fixture.Store.Revision);
        Assert.True(fixture.Store.Index.Current.TryGet("b"u8, out KeyRecord record));
        Assert.False(record.IsLive);
    }

    [Fact]
    public void The_revision_does_not_go_back_when_a_compaction_deletes_the_newest_records()
    {
        using StoreFixture fixture = new();
        fixture.Store.Put("a"u8, "1"u8, 0);
        fixture.Store.EndTransaction();
        fixture.Store.DeleteNext(new KeyInterval("a"u8, default), int.MaxValue);
        fixture.Store.EndTransaction();
        fixture.Store.Publish();
        fixture.Compact(3);
        fixture.FinishCompactions();

        // etcd drops the deletion at the compacted revision too; netcd keeps it, and opens what etcd has left.
        fixture.Commit([new CompactedRecord(new Revision(3, 0), IsTombstone: true)]);
        Assert.Equal(0, fixture.CountRecordsInFile());
        fixture.Reopen();
        Assert.Equal(3, fixture.Store.Revision);
        Assert.Equal(3, fixture.Store.CompactRevision);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 5)]
    [InlineData(32, 5)]
    [InlineData(33, 5)]
    [InlineData(2_049, 5)]
    [InlineData(70_000, 5)]
    [InlineData(100, 9_000)]
    [InlineData(3_000, 300)]
    public void A_store_filled_in_the_order_of_its_keys_is_restored_as_it_was(int keys, int length)
    {
        using StoreFixture fixture = new();
        for (int i = 0; i < keys; i++)
        {
            fixture.Store.Put(
                Encoding.UTF8.GetBytes(i.ToString($"d{length}", System.Globalization.CultureInfo.InvariantCulture)), "v"u8, 0);
        }

        fixture.Store.EndTransaction();
        AssertRestoredAsItWas(fixture, keys);
        fixture.Store.DeleteNext(new KeyInterval("0"u8, [0]), int.MaxValue);
        fixture.Store.EndTransaction();
        for (int i = keys / 3; i < keys / 2; i++)
        {
            fixture.Store.Put(
                Encoding.UTF8.GetBytes(i.ToString($"d{length}", System.Globalization.CultureInfo.InvariantCulture)), "w"u8, 0);
            fixture.Store.EndTransaction();
        }

        AssertRestoredAsItWas(fixture, (keys / 2) - (keys / 3));
    }

    private static void AssertRestoredAsItWas(StoreFixture fixture, int live)
    {
        fixture.Store.Publish();
        List<string> before = Walk(fixture);
        fixture.Reopen();
        Assert.Equal(before, Walk(fixture));
        Assert.Equal(live, fixture.Store.Published.Index.LiveCount);
        Assert.Equal(live, fixture.Store.Published.Index.CountLive(new KeyInterval([0], [0])));
        foreach (string line in before)
        {
            byte[] key = Encoding.UTF8.GetBytes(line.Split(' ')[0]);
            Assert.True(fixture.Store.Index.Current.TryGet(key, out _), line);
        }
    }

    private static List<string> Walk(StoreFixture fixture)
    {
        List<string> lines = [];
        IndexCursor cursor = fixture.Store.Published.Index.Walk(new KeyInterval([0], [0]));
        while (cursor.Next(onlyLive: false))
        {
            KeyRecord record = cursor.Record;
            lines.Add(
                $"{Encoding.UTF8.GetString(cursor.Key)} {record.Mod} {record.CreateMain} {record.Version} {record.HistoryCount} "
                    + $"{record.IsLive}");
        }

        return lines;
    }

    private static void Step(Random random, ModelStore model, StoreFixture fixture)
    {
        switch (random.Next(100))
        {
            case < 40:
                Put(random, model, fixture);
                break;
            case < 50:
                Delete(random, model, fixture);
                break;
            case < 90:
                Range(random, model, fixture);
                break;
            case < 95:
                fixture.Commit();
                break;
            case < 99:
                fixture.StepCompaction(random.Next(1, 60), random.Next(1, 40));
                break;
            default:
                CompactOrReopen(random, model, fixture);
                break;
        }
    }

    private static void Put(Random random, ModelStore model, StoreFixture fixture)
    {
        byte[] key = RandomKey(random);
        byte[] value = Encoding.UTF8.GetBytes(random.Next(1_000).ToString(System.Globalization.CultureInfo.InvariantCulture));
        long lease = random.Next(3);
        model.Put(key, value, lease);
        fixture.Store.Put(key, value, lease);
        fixture.Store.EndTransaction();
        fixture.Store.Publish();
    }

    private static void Delete(Random random, ModelStore model, StoreFixture fixture)
    {
        (byte[] key, byte[] end) = RandomInterval(random, narrow: true);
        long deleted = fixture.Store.DeleteNext(new KeyInterval(key, end), int.MaxValue);
        fixture.Store.EndTransaction();
        fixture.Store.Publish();
        Assert.Equal(model.DeleteRange(key, end), deleted);
        Assert.Equal(model.Revision, fixture.Store.Revision);
    }

    private static void CompactOrReopen(Random random, ModelStore model, StoreFixture fixture)
    {
        if (random.Next(3) == 0)
        {
            fixture.Reopen();
            Assert.Equal(model.Revision, fixture.Store.Revision);
            Assert.Equal(model.CompactRevision, fixture.Store.CompactRevision);
            return;
        }

        long revision = Math.Max(2, model.Revision - random.Next(200));
        if (revision > model.CompactRevision && revision <= model.Revision)
        {
            model.Compact(revision);
            fixture.Compact(revision);
        }
    }

    private static void Range(Random random, ModelStore model, StoreFixture fixture)
    {
        (byte[] key, byte[] end) = RandomInterval(random, narrow: false);
        RangeRequest request = new() { Key = ByteString.CopyFrom(key), RangeEnd = ByteString.CopyFrom(end) };
        request.Limit = random.Next(3) == 0 ? random.Next(1, 12) : 0;
        request.Revision = random.Next(2) == 0 ? 0 : model.Revision + 2 - random.Next(300);
        request.CountOnly = random.Next(8) == 0;
        request.KeysOnly = random.Next(8) == 0;
        request.SortOrder = (RangeRequest.Types.SortOrder)random.Next(3);
        request.SortTarget = (RangeRequest.Types.SortTarget)random.Next(5);
        request.MinModRevision = random.Next(6) == 0 ? random.Next((int)model.Revision + 1) : 0;
        request.MaxModRevision = random.Next(6) == 0 ? random.Next((int)model.Revision + 1) : 0;
        request.MinCreateRevision = random.Next(6) == 0 ? random.Next((int)model.Revision + 1) : 0;
        request.MaxCreateRevision = random.Next(6) == 0 ? random.Next((int)model.Revision + 1) : 0;
        Check(model, fixture, request);
    }

    private static void CheckAll(ModelStore model, StoreFixture fixture)
    {
        for (long revision = Math.Max(1, model.CompactRevision); revision <= model.Revision; revision += 7)
        {
            Check(
                model, fixture, new RangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0), Revision = revision });
        }
    }

    private static void Check(ModelStore model, StoreFixture fixture, RangeRequest request)
    {
        using ReadHandle handle = fixture.Store.Acquire();
        RangeResult result = RangeReader.Read(handle.State, request);
        if (request.Revision > model.Revision)
        {
            Assert.Same(EtcdErrors.FutureRevision, result.Error);
            return;
        }

        if (request.Revision > 0 && request.Revision < model.CompactRevision)
        {
            Assert.Same(EtcdErrors.Compacted, result.Error);
            return;
        }

        (List<(byte[] Key, ModelStore.KeyState State)> found, bool more, long count) = model.Range(request);
        RangeResponse expected = new() { Header = new ResponseHeader { Revision = model.Revision }, More = more, Count = count };
        foreach ((byte[] key, ModelStore.KeyState state) in found)
        {
            expected.Kvs.Add(new KeyValue
            {
                Key = ByteString.CopyFrom(key),
                Value = request.KeysOnly ? ByteString.Empty : ByteString.CopyFrom(state.Value),
                ModRevision = state.Mod,
                CreateRevision = state.Create,
                Version = state.Version,
                Lease = state.Lease,
            });
        }

        Assert.Equal(expected, result.ToMessage());
    }

    private static string Describe(RangeResult result) => result.ToMessage().ToString();

    private static byte[] RandomKey(Random random) => Encoding.UTF8.GetBytes(
        random.Next(4) == 0 ? $"long/{new string('x', random.Next(200))}/{random.Next(30)}" : $"k{random.Next(400):d3}");

    private static (byte[] Key, byte[] End) RandomInterval(Random random, bool narrow)
    {
        byte[] key = RandomKey(random);
        return random.Next(narrow ? 12 : 5) switch
        {
            0 => (key, [0]),
            1 => ([0], [0]),
            2 or 3 => (key, RandomKey(random)),
            _ => (key, []),
        };
    }
}
