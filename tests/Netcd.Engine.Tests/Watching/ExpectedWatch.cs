using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Watching;

/// <summary>What one watch has to be told, and a judge of what it is told.</summary>
internal sealed class ExpectedWatch(WatchFixture fixture, WatchCreateRequest request, long id, long next)
{
    private readonly string key = request.Key.ToStringUtf8();
    private readonly string end = request.RangeEnd.ToStringUtf8();
    private int position;
    private long lastRevision;
    private bool isInFragment;

    public long Id { get; } = id;

    /// <summary>Whether it ended.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether it has been told all that it is to be told up to a revision.</summary>
    public bool HasAllUpTo(long revision) => NextExpected() is not { } change || change.Revision > revision;

    public void Take(WatchResponse response)
    {
        Assert.False(IsOver, "a watch that is over is told something");
        if (response.Canceled)
        {
            TakeEnd(response);
            return;
        }

        if (response.Events.Count == 0)
        {
            Assert.True(HasAllUpTo(response.Header.Revision), "progress is told before the events");
            return;
        }

        Assert.True(response.Events[0].Kv.ModRevision > lastRevision || isInFragment, "a revision is split");
        foreach (Event told in response.Events)
        {
            Take(told);
        }

        lastRevision = response.Events[^1].Kv.ModRevision;
        isInFragment = response.Fragment;
        Assert.True(request.Fragment || !response.Fragment, "a fragment was not asked for");
        Assert.True(response.Header.Revision >= lastRevision, "the header is older than the events");
    }

    private void TakeEnd(WatchResponse response)
    {
        IsOver = true;
        Assert.True(response.CompactRevision > 0, response.ToString());
        Assert.Equal(0, response.Header.Revision);
        Assert.True(response.CompactRevision <= fixture.CompactRevision);
        long reached = Math.Max(next, lastRevision + 1);
        Assert.True(reached < response.CompactRevision, $"a watch at {reached} ended by a compaction to {response.CompactRevision}");
    }

    private void Take(Event told)
    {
        Change expected = NextExpected() ?? throw new InvalidOperationException($"an event too many: {told}");
        position++;
        Assert.Equal(expected.Revision, told.Kv.ModRevision);
        Assert.Equal(expected.Key, told.Kv.Key.ToStringUtf8());
        Assert.Equal(expected.IsDeletion ? Event.Types.EventType.Delete : Event.Types.EventType.Put, told.Type);
        if (expected.IsDeletion)
        {
            Assert.Equal(new KeyValue { Key = told.Kv.Key, ModRevision = expected.Revision }, told.Kv);
        }
        else
        {
            Assert.Equal(expected.Record, told.Kv);
        }

        if (told.PrevKv is not null)
        {
            Assert.True(request.PrevKv);
            Assert.Equal(expected.Before, told.PrevKv);
        }
        else if (request.PrevKv && expected.Before is not null)
        {
            Assert.True(expected.Revision - 1 < fixture.CompactRevision, "the record before is missing");
        }
    }

    private Change? NextExpected()
    {
        while (position < fixture.History.Count && !IsWanted(fixture.History[position]))
        {
            position++;
        }

        return position < fixture.History.Count ? fixture.History[position] : null;
    }

    private bool IsWanted(Change change) =>
        change.Revision >= next
        && (end.Length == 0
            ? change.Key == key
            : string.CompareOrdinal(change.Key, key) >= 0 && (end == "\0" || string.CompareOrdinal(change.Key, end) < 0))
        && !request.Filters.Contains(
            change.IsDeletion ? WatchCreateRequest.Types.FilterType.Nodelete : WatchCreateRequest.Types.FilterType.Noput);
}
