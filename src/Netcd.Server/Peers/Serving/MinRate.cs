namespace Netcd.Server.Peers.Serving;

/// <summary>
/// How slow a sender may be: in so much time of waiting for it, so many bytes have to come. The time that the receiver takes for itself
/// does not count.
/// </summary>
/// <param name="bytes">Bytes that have to come.</param>
/// <param name="window">In so much time; whatever is left of the body, if it is less.</param>
/// <param name="clock">Measures the time of waiting.</param>
internal sealed class MinRate(int bytes, TimeSpan window, TimeProvider clock)
{
    private TimeSpan waited;
    private long came;

    /// <summary>Reads, for as long as the sender may take now.</summary>
    /// <param name="body">What is read.</param>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="late">Ends the wait, by the same clock.</param>
    /// <exception cref="OperationCanceledException">It takes longer, or is gone.</exception>
    public async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationTokenSource late)
    {
        late.CancelAfter(window > waited ? window - waited : TimeSpan.Zero);
        long begun = clock.GetTimestamp();
        int read = await body.ReadAsync(buffer, late.Token).ConfigureAwait(false);
        late.CancelAfter(Timeout.InfiniteTimeSpan);
        waited += clock.GetElapsedTime(begun);
        came += read;
        if (came >= bytes)
        {
            (waited, came) = (TimeSpan.Zero, 0);
        }

        return read;
    }
}
