namespace Netcd.Storage.Bolt;

/// <summary>A child of a branch: a page, or a node where the transaction changes it.</summary>
internal unsafe struct BranchElement
{
    public byte* Key;
    public int KeyLength;
    public ulong PageId;
    public BoltNode? Child;

    public readonly ReadOnlySpan<byte> KeySpan => new(Key, KeyLength);

    public readonly long PageBytes => BoltPage.ElementBytes + (long)KeyLength;
}

/// <summary>A branch that is being changed.</summary>
internal sealed unsafe class BranchNode : BoltNode
{
    private BranchElement[] elements;

    public BranchNode(int capacity = 16) => elements = new BranchElement[capacity];

    public BranchNode(BoltPage page)
    {
        PageId = page.Id;
        elements = new BranchElement[page.Count + 8];
        for (int i = 0; i < page.Count; i++)
        {
            byte* key = page.BranchKey(i, out int length);
            BranchElement element = new() { Key = key, KeyLength = length, PageId = page.ChildAt(i) };
            elements[i] = element;
            ContentBytes += element.PageBytes;
        }

        Count = page.Count;
    }

    public override int MinCount => 2;

    public ref readonly BranchElement this[int index] => ref elements.AsSpan(0, Count)[index];

    public override ReadOnlySpan<byte> KeyAt(int index) => this[index].KeySpan;

    public override long ElementBytesAt(int index) => elements[index].PageBytes;

    public void SetChild(int index, BoltNode child) => elements[index].Child = child;

    public int ChildIndex(ReadOnlySpan<byte> key, ulong prefix)
    {
        int low = 0;
        int high = Count;
        // Keys mostly come in ascending order: look at the end first.
        for (int middle = high - 1; low < high; middle = (low + high) >>> 1)
        {
            ref BranchElement element = ref elements[middle];
            if (BoltPage.Compare(element.Key, element.KeyLength, key, prefix) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return Math.Max(low - 1, 0);
    }

    public void Insert(int index, in BranchElement element)
    {
        if (Count == elements.Length)
        {
            Array.Resize(ref elements, Count * 2);
        }

        Array.Copy(elements, index, elements, index + 1, Count - index);
        elements[index] = element;
        Count++;
        ContentBytes += element.PageBytes;
    }

    public void RemoveAt(int index)
    {
        ContentBytes -= elements[index].PageBytes;
        Count--;
        Array.Copy(elements, index + 1, elements, index, Count - index);
        elements[Count] = default;
        IsUnbalanced = true;
    }

    public override void Append(BoltNode right)
    {
        BranchNode other = (BranchNode)right;
        for (int i = 0; i < other.Count; i++)
        {
            Insert(Count, other.elements[i]);
        }
    }

    public override BoltNode SplitOff(int index)
    {
        BranchNode right = new(Math.Max(Count - index, 16) * 2);
        for (int i = index; i < Count; i++)
        {
            right.Insert(i - index, elements[i]);
            elements[i] = default;
        }

        Count = index;
        ContentBytes -= right.ContentBytes;
        return right;
    }
}
