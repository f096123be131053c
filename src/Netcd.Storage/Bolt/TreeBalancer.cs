namespace Netcd.Storage.Bolt;

/// <summary>Merges nodes that deletions left too empty with a neighbour, from the leaves up.</summary>
internal sealed class TreeBalancer(BoltWriteTransaction transaction, BoltTree tree)
{
    /// <summary>A node that fills less than a quarter of a page is merged.</summary>
    private const int MinFill = 4;

    private readonly int minBytes = transaction.View.Meta.PageSize / MinFill;

    /// <summary>Balances the tree and returns its root; null with a page where the root is a page that was not changed.</summary>
    public BoltNode? Run(out ulong unchangedRoot)
    {
        unchangedRoot = 0;
        BoltNode root = tree.Root!;
        if (root is BranchNode top)
        {
            BalanceChildren(top);
        }

        while (root is BranchNode branch && branch.Count <= 1)
        {
            transaction.Free(branch.PageId);
            if (branch.Count == 0)
            {
                return new LeafNode();
            }

            if (branch[0].Child is not { } only)
            {
                unchangedRoot = branch[0].PageId;
                return null;
            }

            root = only;
        }

        return root;
    }

    private void BalanceChildren(BranchNode parent)
    {
        for (int i = 0; i < parent.Count; i++)
        {
            if (parent[i].Child is BranchNode branch)
            {
                BalanceChildren(branch);
            }
        }

        for (int i = 0; i < parent.Count;)
        {
            BoltNode? child = parent[i].Child;
            if (child is not { IsUnbalanced: true })
            {
                i++;
            }
            else if (child.Count == 0)
            {
                transaction.Free(child.PageId);
                parent.RemoveAt(i);
            }
            else if (parent.Count > 1 && (child.Count < child.MinCount || BoltPage.HeaderBytes + child.ContentBytes < minBytes))
            {
                i = Math.Max(i - 1, 0);
                Merge(parent, i);
            }
            else
            {
                child.IsUnbalanced = false;
                i++;
            }
        }
    }

    /// <summary>Moves all of a child's right neighbour into it.</summary>
    private void Merge(BranchNode parent, int index)
    {
        BoltNode left = tree.ChildOf(parent, index);
        BoltNode right = tree.ChildOf(parent, index + 1);
        if (left.GetType() != right.GetType())
        {
            throw transaction.View.Corrupt(parent.PageId, "has leaves and branches as children");
        }

        left.Append(right);
        left.IsUnbalanced = true;
        transaction.Free(right.PageId);
        parent.RemoveAt(index + 1);
    }
}
