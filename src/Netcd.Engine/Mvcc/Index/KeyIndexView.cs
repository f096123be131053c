using System.Runtime.CompilerServices;

namespace Netcd.Engine.Mvcc.Index;

/// <summary>
/// The key index as it stood when it was published (or, in the writer's hands, as it stands in the running batch):
/// lookups, counts in O(log n) and ordered walks. Safe from any thread once published.
/// </summary>
internal readonly struct KeyIndexView(IndexNode root)
{
    public IndexNode Root { get; } = root;

    /// <summary>Keys that exist now.</summary>
    public int LiveCount => Root.LiveCount;

    public bool TryGet(ReadOnlySpan<byte> key, out KeyRecord record)
    {
        IndexNode node = Root;
        while (node is Inner inner)
        {
            node = inner.Children[inner.ChildFor(key)];
        }

        Leaf leaf = (Leaf)node;
        int position = leaf.Find(key);
        record = position >= 0 ? leaf.Records[position] : default;
        return position >= 0;
    }

    /// <summary>Live keys in an interval, without walking it. Not for one of a single key.</summary>
    public int CountLive(in KeyInterval interval)
    {
        int before = LiveBefore(interval.Start);
        return interval.IsOpenEnded ? LiveCount - before : Math.Max(0, LiveBefore(interval.End) - before);
    }

    /// <summary>A walk in key order over all keys of the interval, those deleted included. Not for one of a single key.</summary>
    public IndexCursor Walk(in KeyInterval interval) => new(Root, interval);

    private int LiveBefore(ReadOnlySpan<byte> key)
    {
        int count = 0;
        IndexNode node = Root;
        while (node is Inner inner)
        {
            int child = inner.ChildFor(key);
            count += inner.LiveBefore(child);
            node = inner.Children[child];
        }

        Leaf leaf = (Leaf)node;
        return count + leaf.LiveBefore(leaf.LowerBound(key));
    }
}

/// <summary>
/// A key or an interval of keys as requests name them: no end is the one key, an end of one zero byte is all keys from the
/// start on.
/// </summary>
internal readonly ref struct KeyInterval
{
    public KeyInterval(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd)
    {
        Start = key;
        IsSingle = rangeEnd.IsEmpty;
        IsOpenEnded = rangeEnd is [0];
        End = rangeEnd;
    }

    /// <summary>The key, or the first key of the interval.</summary>
    public ReadOnlySpan<byte> Start { get; }

    /// <summary>The first key behind the interval; meaningless where it is single or open.</summary>
    public ReadOnlySpan<byte> End { get; }

    /// <summary>Whether it is the one key <see cref="Start"/>.</summary>
    public bool IsSingle { get; }

    /// <summary>Whether it has no end.</summary>
    public bool IsOpenEnded { get; }

    /// <summary>Whether the key lies inside.</summary>
    public bool Contains(ReadOnlySpan<byte> key) => IsSingle
        ? key.SequenceEqual(Start)
        : key.SequenceCompareTo(Start) >= 0 && (IsOpenEnded || key.SequenceCompareTo(End) < 0);

    /// <summary>Whether a key at or behind the start is still inside.</summary>
    public bool EndsBefore(ReadOnlySpan<byte> key) => !IsOpenEnded && key.SequenceCompareTo(End) >= 0;
}

/// <summary>A position of a walk; nodes without live keys can be passed over as a whole.</summary>
internal ref struct IndexCursor
{
    private readonly KeyInterval interval;
    private readonly bool isLastLeafUnknown;
    private PathStack path;
    private int depth;
    private Leaf leaf;
    private int position;
    private bool isDone;

    public IndexCursor(IndexNode root, KeyInterval interval)
    {
        this.interval = interval;
        isLastLeafUnknown = !interval.IsOpenEnded;
        leaf = Descend(root, interval.Start);
        position = leaf.LowerBound(interval.Start) - 1;
    }

    public readonly ReadOnlySpan<byte> Key => leaf.Key(position);

    public readonly ref readonly KeyRecord Record => ref leaf.Records[position];

    /// <summary>Moves to the next key; with <paramref name="onlyLive"/> deleted keys are passed over.</summary>
    public bool Next(bool onlyLive)
    {
        while (!isDone)
        {
            if (++position >= leaf.Count)
            {
                isDone = !NextLeaf(onlyLive);
                position = -1;
                continue;
            }

            if (isLastLeafUnknown && interval.EndsBefore(leaf.Key(position)))
            {
                isDone = true;
                break;
            }

            if (!onlyLive || leaf.Records[position].IsLive)
            {
                return true;
            }
        }

        return false;
    }

    private Leaf Descend(IndexNode node, ReadOnlySpan<byte> key)
    {
        while (node is Inner inner)
        {
            int child = inner.ChildFor(key);
            path[depth++] = new PathStep(inner, child);
            node = inner.Children[child];
        }

        return (Leaf)node;
    }

    private bool NextLeaf(bool onlyLive)
    {
        while (depth > 0)
        {
            ref PathStep step = ref path[depth - 1];
            int child = step.Child + 1;
            while (onlyLive && child < step.Node.Count && step.Node.Live[child] == 0)
            {
                child++;
            }

            step.Child = child;
            if (child >= step.Node.Count)
            {
                depth--;
                continue;
            }

            IndexNode node = step.Node.Children[child];
            if (node is Leaf next)
            {
                leaf = next;
                return true;
            }

            path[depth++] = new PathStep((Inner)node, -1);
        }

        return false;
    }

    private struct PathStep(Inner node, int child)
    {
        public Inner Node = node;
        public int Child = child;
    }

    /// <summary>Deep enough for more keys than fit in memory: 32 levels of at least two children each.</summary>
    [InlineArray(32)]
    private struct PathStack
    {
        private PathStep first;
    }
}
