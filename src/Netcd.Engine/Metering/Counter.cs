namespace Netcd.Engine.Metering;

/// <summary>A figure that is added to from any thread, and read from any.</summary>
public sealed class Counter
{
    private long value;

    /// <summary>What has come together.</summary>
    public long Value => Volatile.Read(ref value);

    /// <summary>Counts one more.</summary>
    public void Increment() => Interlocked.Increment(ref value);

    /// <summary>Counts one less: for what goes up and down.</summary>
    public void Decrement() => Interlocked.Decrement(ref value);

    /// <summary>Puts the figure: for what is looked at anew each time.</summary>
    public void Set(long figure) => Volatile.Write(ref value, figure);

    /// <summary>Counts that many more.</summary>
    public void Add(long amount) => Interlocked.Add(ref value, amount);
}
