using Netcd.Storage.Disk;

namespace Netcd.Storage.Bolt;

/// <summary>All pages of a tree, once: each branch before what lies below it, leaves in the order of their keys.</summary>
internal sealed class PageScan(BoltSnapshot view, IDiskFile file) : IDisposable
{
    /// <summary>A level of the tree has a window of its own: what one shows stays while the levels below it are read.</summary>
    private readonly List<Level> levels = [];

    private int depth;
    private ulong shown;

    /// <summary>Goes to the root of a tree; <see cref="Next"/> shows it first.</summary>
    public void Begin(ulong root)
    {
        depth = 0;
        shown = 0;
        Descend().Show(root);
    }

    /// <summary>The next page, valid until the next call; false behind the last one.</summary>
    /// <exception cref="BoltFormatException">A page is damaged.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public bool Next(out BoltPage page)
    {
        while (depth > 0)
        {
            if (!levels[depth - 1].TryNext(out page))
            {
                depth--;
                continue;
            }

            // A sound tree leads to each page once.
            if (++shown > view.Meta.HighWater || (!page.IsLeaf && depth == BoltSnapshot.MaxDepth))
            {
                throw view.Corrupt(page.Id, "stands in a cycle");
            }

            if (!page.IsLeaf)
            {
                Descend().ShowChildren(page);
            }

            return true;
        }

        page = default;
        return false;
    }

    public void Dispose() => levels.ForEach(static level => level.Dispose());

    private Level Descend()
    {
        if (depth == levels.Count)
        {
            levels.Add(new Level(new PageWindow(view, file)));
        }

        return levels[depth++];
    }

    /// <summary>The pages that a branch leads to.</summary>
    private sealed class Level(PageWindow window) : IDisposable
    {
        private ulong[] ids = [];
        private int count;
        private int next;

        public void Show(ulong id)
        {
            Reset(1);
            ids[0] = id;
        }

        public void ShowChildren(BoltPage branch)
        {
            Reset(branch.Count);
            for (int i = 0; i < count; i++)
            {
                ids[i] = branch.ChildAt(i);
            }
        }

        public bool TryNext(out BoltPage page)
        {
            if (next == count)
            {
                page = default;
                return false;
            }

            page = window.Page(ids.AsSpan(next, count - next));
            next++;
            return true;
        }

        public void Dispose() => window.Dispose();

        private void Reset(int children)
        {
            if (ids.Length < children)
            {
                ids = new ulong[children];
            }

            count = children;
            next = 0;
        }
    }
}
