namespace Netcd.Storage.Bolt;

/// <summary>A key and its value, wherever their bytes stand.</summary>
internal unsafe struct LeafElement
{
    public byte* Key;
    public byte* Value;
    public int KeyLength;
    public int ValueLength;
    public uint Flags;

    public readonly ReadOnlySpan<byte> KeySpan => new(Key, KeyLength);

    public readonly ReadOnlySpan<byte> ValueSpan => new(Value, ValueLength);

    public readonly long PageBytes => BoltPage.ElementBytes + (long)KeyLength + ValueLength;
}

/// <summary>A leaf that is being changed.</summary>
internal sealed unsafe class LeafNode : BoltNode
{
    private LeafElement[] elements;

    public LeafNode(int capacity = 16) => elements = new LeafElement[capacity];

    public LeafNode(BoltPage page)
    {
        PageId = page.Id;
        elements = new LeafElement[page.Count + 8];
        for (int i = 0; i < page.Count; i++)
        {
            byte* key = page.LeafKey(i, out int keyLength, out int valueLength);
            LeafElement element = new()
            {
                Key = key,
                KeyLength = keyLength,
                Value = key + keyLength,
                ValueLength = valueLength,
                Flags = page.FlagsAt(i),
            };
            elements[i] = element;
            ContentBytes += element.PageBytes;
        }

        Count = page.Count;
    }

    public override int MinCount => 1;

    public ref readonly LeafElement this[int index] => ref elements.AsSpan(0, Count)[index];

    public override ReadOnlySpan<byte> KeyAt(int index) => this[index].KeySpan;

    public override long ElementBytesAt(int index) => elements[index].PageBytes;

    public int LowerBound(ReadOnlySpan<byte> key, ulong prefix, out bool isExact)
    {
        isExact = false;
        int low = 0;
        int high = Count;
        // Keys mostly come in ascending order: look at the end first.
        for (int middle = high - 1; low < high; middle = (low + high) >>> 1)
        {
            ref LeafElement element = ref elements[middle];
            int order = BoltPage.Compare(element.Key, element.KeyLength, key, prefix);
            if (order == 0)
            {
                isExact = true;
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    public void Insert(int index, in LeafElement element)
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

    public void Replace(int index, in LeafElement element)
    {
        ContentBytes += element.PageBytes - elements[index].PageBytes;
        elements[index] = element;
    }

    public void RemoveAt(int index)
    {
        ContentBytes -= elements[index].PageBytes;
        Count--;
        Array.Copy(elements, index + 1, elements, index, Count - index);
        IsUnbalanced = true;
    }

    public override void Append(BoltNode right)
    {
        LeafNode other = (LeafNode)right;
        if (Count + other.Count > elements.Length)
        {
            Array.Resize(ref elements, Count + other.Count + 8);
        }

        Array.Copy(other.elements, 0, elements, Count, other.Count);
        Count += other.Count;
        ContentBytes += other.ContentBytes;
    }

    public override BoltNode SplitOff(int index)
    {
        LeafNode right = new(Math.Max(Count - index, 16) * 2);
        for (int i = index; i < Count; i++)
        {
            right.Insert(i - index, elements[i]);
        }

        Count = index;
        ContentBytes -= right.ContentBytes;
        return right;
    }
}
