namespace Netcd.Server.Services;

/// <summary>Gives up readers that take nothing: what is held for them others wait for.</summary>
internal static class SlowReader
{
    /// <summary>Waits for a write.</summary>
    /// <exception cref="SlowReaderException">It takes too long; the write is still under way, until the call is aborted.</exception>
    public static async Task LimitAsync(Task write, TimeSpan patience)
    {
        try
        {
            await write.WaitAsync(patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new SlowReaderException();
        }
    }
}

/// <summary>A reader takes nothing: the call is to be aborted, as if it had gone.</summary>
internal sealed class SlowReaderException() : IOException("the client reads nothing");
