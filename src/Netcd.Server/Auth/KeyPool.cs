using System.Collections.Concurrent;

namespace Netcd.Server.Auth;

/// <summary>Copies of one key: the framework's are for one thread at a time. There are as many as threads have used it at once.</summary>
internal sealed class KeyPool<T>(Func<T> create)
    where T : class
{
    private readonly ConcurrentBag<T> idle = [];

    public T Take() => idle.TryTake(out T? key) ? key : create();

    public void Return(T key) => idle.Add(key);
}
